import * as dockerBuild from "@pulumi/docker-build";
import * as pulumi from "@pulumi/pulumi";
import * as fs from "node:fs";
import { BUILD_ARGS, type BuildSettings, type ImageBuilder, registryHost, registryPassword } from "./types";

/** Builds with BuildKit through a buildx builder; needs no Docker engine. */
export function buildkitBuilder(name: string, settings: BuildSettings, parent: pulumi.Resource): ImageBuilder {
  const provider = new dockerBuild.Provider(`${name}-buildkit`, {}, { parent });
  const secrets = buildSecrets(settings);
  const registries =
    settings.registryUsername === undefined
      ? undefined
      : [
          {
            address: registryHost(settings),
            username: settings.registryUsername,
            password: registryPassword(settings),
          },
        ];
  return ({ name: image, dockerfile, ...request }) => {
    const build = new dockerBuild.Image(
      image,
      {
        context: { location: request.context },
        dockerfile: "file" in dockerfile ? { location: dockerfile.file } : { inline: dockerfile.text },
        target: request.target,
        tags: [request.image],
        buildArgs: { ...BUILD_ARGS, ...request.args },
        builder: settings.builderName === undefined ? undefined : { name: settings.builderName },
        exports: [{ raw: exportTo(registryHost(settings)) }],
        push: false,
        // A preview only shows that an image will be built; `up` builds it.
        buildOnPreview: false,
        secrets: request.trusted ? secrets : undefined,
        // The way packages are fetched does not change the content of an image.
        ignoreSecretsInDiffCalculation: Object.keys(secrets),
        registries,
      },
      { parent: request.parent, provider },
    );
    return build.ref;
  };
}

/**
 * Where a build pushes to. Times in layers are set to SOURCE_DATE_EPOCH; otherwise every build would have another digest.
 *
 * A refresh asks the registry for each image that was pushed, by HTTPS only, and warns if it gets no answer
 * (pulumi/pulumi-docker-build#324). Registries of this machine have no TLS. The plugin counts an image as pushed only if
 * `push` is "true", while BuildKit also pushes for "1".
 */
function exportTo(host: string): string {
  const push = /^(localhost|127\.0\.0\.1)(:|$)/.test(host) ? "push=1," : "";
  return `type=registry,${push}rewrite-timestamp=true`;
}

function buildSecrets({ secretFiles }: BuildSettings): Record<string, pulumi.Output<string>> {
  const entries = Object.entries(secretFiles ?? {}).flatMap(([id, file]) =>
    file === undefined ? [] : [[id, pulumi.secret(fs.readFileSync(file, "utf8"))] as const],
  );
  return Object.fromEntries(entries);
}
