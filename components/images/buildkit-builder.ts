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
        // Times in layers are set to SOURCE_DATE_EPOCH; otherwise every build would have another digest.
        exports: [{ raw: "type=registry,rewrite-timestamp=true" }],
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

function buildSecrets({ secretFiles }: BuildSettings): Record<string, pulumi.Output<string>> {
  const entries = Object.entries(secretFiles ?? {}).flatMap(([id, file]) =>
    file === undefined ? [] : [[id, pulumi.secret(fs.readFileSync(file, "utf8"))] as const],
  );
  return Object.fromEntries(entries);
}
