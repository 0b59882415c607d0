import * as pulumi from "@pulumi/pulumi";
import { NO_INPUTS } from "../lib/component";
import { type BuiltService, builtServices, type Names, standardNames } from "@nexus/contract";
import { NexusError } from "@nexus/host";
import { buildkitBuilder } from "./buildkit-builder";
import { dockerBuilder } from "./docker-builder";
import type { BuildSettings, ImageBuilder } from "./types";

const TYPE = "nexus:images:Images";

export interface ImagesArgs extends Omit<BuildSettings, "names"> {
  /** Names of the workloads, which their images have too. @default the standard names */
  readonly names?: Names;
  /** Services whose images are needed. @default all */
  readonly services?: readonly BuiltService[];
  /** Who builds: a Docker engine, BuildKit, or nobody because the images exist. @default "docker" */
  readonly builder?: "docker" | "buildkit" | "prebuilt";
  /** Images by digest for `prebuilt`. @default none */
  readonly references?: Readonly<Partial<Record<BuiltService, string>>>;
}

export interface ResolvedImages extends ImagesArgs {
  readonly names: Names;
  readonly services: readonly BuiltService[];
  readonly builder: "docker" | "buildkit" | "prebuilt";
  readonly references: Readonly<Partial<Record<BuiltService, string>>>;
}

export function normalizeImagesArgs(args: ImagesArgs): ResolvedImages {
  const images = {
    ...args,
    names: args.names ?? standardNames,
    services: args.services ?? builtServices,
    builder: args.builder ?? ("docker" as const),
    references: args.references ?? {},
  };
  if (images.builder !== "prebuilt") return images;
  const missing = images.services.filter((service) => !images.references[service]?.includes("@sha256:"));
  if (missing.length > 0)
    throw new NexusError(
      "Images cannot be found:",
      missing.map((service) => `references.${service}: give an image by digest`),
    );
  return images;
}

/**
 * Builds the images of our services, or takes them as they are, and hands out one reference by digest for each.
 *
 * @example new Images("images", { builder: "buildkit", registry: "localhost:5000", tag: "dev" })
 */
export class Images extends pulumi.ComponentResource {
  /** Image of each service, by digest: pods roll when the content changes and only then. */
  public readonly references: Readonly<Partial<Record<BuiltService, pulumi.Output<string>>>>;

  public constructor(name: string, args: ImagesArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TYPE, name, NO_INPUTS, opts);
    const images = normalizeImagesArgs(args);
    const build = this.selectBuilder(name, images);
    const make = (service: BuiltService) => build({ name: `${name}-${service}`, service, parent: this });
    this.references = Object.fromEntries(images.services.map((service) => [service, make(service)]));
    this.registerOutputs({ references: this.references });
  }

  /**
   * Image of one service.
   * @throws Error when the topology does without that service
   */
  public of(service: BuiltService): pulumi.Output<string> {
    const reference = this.references[service];
    if (!reference) throw new Error(`No image of ${service} was asked for.`);
    return reference;
  }

  private selectBuilder(name: string, images: ResolvedImages): ImageBuilder {
    if (images.builder === "buildkit") return buildkitBuilder(name, images, this);
    if (images.builder === "docker") return dockerBuilder(name, images, this);
    return ({ service }) => pulumi.output(images.references[service] ?? "");
  }
}
