import { z } from "zod";
import type { BuiltService } from "@nexus/contract";
import { choice, text } from "../fields";

const reference = (service: BuiltService) =>
  text(/^\S+@sha256:[0-9a-f]{64}$/, "an image by digest", "<registry>/<image>@sha256:<digest>")
    .describe(`Image of ${service}, by digest.`)
    .optional();

/** How images are made and where they are kept. */
export const imagesSection = z
  .strictObject({
    builder: choice(["docker", "buildkit", "prebuilt"])
      .describe(
        "`docker` needs a Docker engine, `buildkit` a buildx builder, `prebuilt` takes the images in `references`.",
      )
      .default("docker"),
    registry: text(/^[\w.-]+(:\d+)?(\/[\w./-]+)?$/, "a registry's host and path without https://", "<host>/<path>")
      .describe("Registry that images are pushed to. The cluster of `npm run up` brings its own.")
      .optional(),
    registryUsername: text(/\S/, "a user name", "robot")
      .describe(
        "User of the registry; the password is the secret `nexus:registryPassword`. Builders and nodes log in with it.",
      )
      .optional(),
    builderName: text(/^[\w.-]+$/, "the name of a buildx builder", "nexus")
      .describe("buildx builder for `builder: buildkit`. The cluster of `npm run up` brings its own.")
      .optional(),
    references: z
      .strictObject({
        "workspace-kernel": reference("workspace-kernel"),
        "graphstudio-backend": reference("graphstudio-backend"),
        "graphstudio-frontend": reference("graphstudio-frontend"),
        "nexus-os": reference("nexus-os"),
      })
      .describe("Images by digest for `builder: prebuilt`.")
      .prefault({}),
  })
  .prefault({});
