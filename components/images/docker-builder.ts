import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { excerpt, messageOf, NexusError, ProgramError, runProgram } from "@nexus/host";
import { BUILD_ARGS, type BuildSettings, type ImageBuilder, registryHost, registryPassword } from "./types";

/** @throws NexusError if builds need secrets, which the Docker builder cannot provide */
function checkSecrets({ secretFiles = {} }: BuildSettings): void {
  const names = Object.keys(secretFiles).filter((name) => secretFiles[name] !== undefined);
  if (names.length === 0) return;
  throw new NexusError("The Docker builder cannot build on this machine:", [
    `nexus:images.builder: "docker" cannot give secrets to builds, and they need this machine's package settings ` +
      `(${names.join(", ")}). Fix: pulumi config set --stack ${pulumi.getStack()} --path 'nexus:images.builder' buildkit`,
  ]);
}

/** Maximum time for an engine to answer; one on another machine is asked by SSH. */
const ANSWER_MS = 10_000;
/** Maximum length of the reason that Docker gives. */
const REASON_LENGTH = 200;

/** The plugin asks no engine in a preview, so nobody else would say that the update is going to need one. */
async function tellMissingEngine(parent: pulumi.Resource): Promise<void> {
  try {
    await runProgram("docker", ["version"], { timeoutMs: ANSWER_MS });
  } catch (error) {
    const output = error instanceof ProgramError ? error.output : messageOf(error);
    const text =
      `No Docker engine answers (${excerpt(output.split("\n").at(-1) ?? "", REASON_LENGTH)}). This preview compares the files of the images; ` +
      "it cannot see whether they can be built and pushed. Fix: start the engine before the update.";
    await pulumi.log.warn(text, parent);
  }
}

/** Builds with the Docker engine. */
export function dockerBuilder(name: string, settings: BuildSettings, parent: pulumi.Resource): ImageBuilder {
  checkSecrets(settings);
  if (pulumi.runtime.isDryRun()) void tellMissingEngine(parent);
  // A preview must not need an engine. A build without one reports that.
  const provider = new docker.Provider(`${name}-docker`, { disableDockerDaemonCheck: true }, { parent });
  const registry =
    settings.registryUsername === undefined
      ? undefined
      : { server: registryHost(settings), username: settings.registryUsername, password: registryPassword(settings) };
  return (request) => {
    const image = new docker.Image(
      request.name,
      {
        imageName: request.image,
        build: {
          context: request.context,
          dockerfile: "file" in request.dockerfile ? request.dockerfile.file : undefined,
          target: request.target,
          args: { ...BUILD_ARGS, ...request.args },
          platform: `linux/${process.arch === "arm64" ? "arm64" : "amd64"}`,
        },
        buildOnPreview: false,
        registry,
      },
      // The image stays in the registry. Another machine or builder may not reach the engine that built it, so nothing
      // is deleted there.
      { parent: request.parent, provider, retainOnDelete: true },
    );
    return image.repoDigest;
  };
}
