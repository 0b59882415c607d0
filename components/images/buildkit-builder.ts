import * as dockerBuild from "@pulumi/docker-build";
import * as pulumi from "@pulumi/pulumi";
import * as fs from "node:fs";
import {
  BUILD_ARGS,
  BUILD_CONTEXT,
  type BuildSettings,
  dockerfile,
  type ImageBuilder,
  imageTag,
  registryHost,
  registryPassword,
} from "./types";

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
  return (request) => {
    const image = new dockerBuild.Image(
      request.name,
      {
        context: { location: BUILD_CONTEXT },
        dockerfile: { location: dockerfile(request.service) },
        tags: [imageTag(settings, request.service)],
        buildArgs: BUILD_ARGS,
        builder: settings.builderName === undefined ? undefined : { name: settings.builderName },
        // Times in layers are rewritten to SOURCE_DATE_EPOCH, or no two builds would have the same digest.
        exports: [{ raw: "type=registry,rewrite-timestamp=true" }],
        push: false,
        // A preview shows that an image will be built; building it is for `up`.
        buildOnPreview: false,
        secrets,
        // How packages are fetched does not change what is built.
        ignoreSecretsInDiffCalculation: Object.keys(secrets),
        registries,
      },
      { parent: request.parent, provider },
    );
    return image.ref;
  };
}

function buildSecrets({ secretFiles }: BuildSettings): Record<string, pulumi.Output<string>> {
  const entries = Object.entries(secretFiles ?? {}).flatMap(([id, file]) =>
    file === undefined ? [] : [[id, pulumi.secret(fs.readFileSync(file, "utf8"))] as const],
  );
  return Object.fromEntries(entries);
}
