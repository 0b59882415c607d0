import { z } from "zod";
import type { BuiltService } from "@nexus/contract";
import { choice, text } from "../fields";
import { isDigestReference, isRegistry } from "../forms";

const reference = (service: BuiltService) =>
  text({ test: isDigestReference }, "an image by digest", "<registry>/<image>@sha256:<digest>")
    .describe(`Image of ${service}, by digest.`)
    .optional();

/** How images are made and where they are kept. */
export const imagesSection = z
  .strictObject({
    builder: choice(["docker", "buildkit", "prebuilt"])
      .describe(
        "`docker` needs a Docker engine, `buildkit` a buildx builder, `prebuilt` uses the images in `references`.",
      )
      .default("docker"),
    registry: text({ test: isRegistry }, "a registry's host and path in lower case without https://", "<host>/<path>")
      .describe("Registry that images are pushed to. The cluster of `npm run up` brings its own.")
      .optional(),
    registryUsername: text(/^[^\s:]+$/, "a user name without spaces and colons", "robot")
      .describe(
        "User with which builders and nodes log in to the registry; the password is the secret `nexus:registryPassword`.",
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
