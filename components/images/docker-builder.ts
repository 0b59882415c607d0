import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
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

/** Builds with the Docker engine. */
export function dockerBuilder(name: string, settings: BuildSettings, parent: pulumi.Resource): ImageBuilder {
  const provider = new docker.Provider(`${name}-docker`, {}, { parent });
  const registry =
    settings.registryUsername === undefined
      ? undefined
      : { server: registryHost(settings), username: settings.registryUsername, password: registryPassword(settings) };
  return (request) => {
    const image = new docker.Image(
      request.name,
      {
        imageName: imageTag(settings, request.service),
        build: {
          context: BUILD_CONTEXT,
          dockerfile: dockerfile(request.service),
          args: BUILD_ARGS,
        },
        // A preview must not need an engine.
        buildOnPreview: false,
        registry,
      },
      { parent: request.parent, provider },
    );
    return image.repoDigest;
  };
}
