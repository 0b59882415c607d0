import * as pulumi from "@pulumi/pulumi";
import { NO_INPUTS } from "../lib/component";
import type { BuiltService } from "@nexus/contract";
import { NexusError } from "@nexus/host";
import { buildkitBuilder } from "./buildkit-builder";
import { dockerBuilder } from "./docker-builder";
import { type BuildSettings, type ImageBuilder, ownImage } from "./types";

const TYPE = "nexus:images:Images";

export interface ImagesArgs {
  /** What the builders need to know. */
  readonly build: BuildSettings;
  /** Services whose images are needed. */
  readonly services: readonly BuiltService[];
  /** Who builds the images: a Docker engine, BuildKit, or nobody because they exist already. */
  readonly builder: "docker" | "buildkit" | "prebuilt";
  /** Images by digest for `prebuilt`. */
  readonly references: Readonly<Partial<Record<BuiltService, string>>>;
}

/** @throws NexusError that lists every image without a builder and without a reference */
export function checkImages({ services, builder, references }: Omit<ImagesArgs, "build">): void {
  if (builder !== "prebuilt") return;
  const missing = services.filter((service) => !references[service]?.includes("@sha256:"));
  if (missing.length > 0)
    throw new NexusError(
      "Images cannot be found:",
      missing.map((service) => `references.${service}: give an image by digest`),
    );
}

/**
 * Builds the images of our services, or uses existing ones, and returns a reference by digest for each.
 *
 * @example new Images("images", { build, services, builder: "buildkit", references: {} })
 */
export class Images extends pulumi.ComponentResource {
  /** Image of each service, by digest: pods roll when the content changes and only then. */
  public readonly references: Readonly<Partial<Record<BuiltService, pulumi.Output<string>>>>;

  /** Makes further images with the same builder; undefined with `prebuilt`. */
  public readonly builder: ImageBuilder | undefined;

  public constructor(name: string, args: ImagesArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TYPE, name, NO_INPUTS, opts);
    checkImages(args);
    this.builder = this.selectBuilder(name, args);
    const make = (service: BuiltService) =>
      this.builder?.({ name: `${name}-${service}`, ...ownImage(args.build, service), parent: this }) ??
      pulumi.output(args.references[service] ?? "");
    this.references = Object.fromEntries(args.services.map((service) => [service, make(service)]));
    this.registerOutputs({ references: this.references });
  }

  /**
   * Image of one service.
   * @throws Error if the topology does not have that service
   */
  public of(service: BuiltService): pulumi.Output<string> {
    const reference = this.references[service];
    if (!reference) throw new Error(`No image of ${service} was asked for.`);
    return reference;
  }

  private selectBuilder(name: string, { build, builder }: ImagesArgs): ImageBuilder | undefined {
    if (builder === "buildkit") return buildkitBuilder(name, build, this);
    return builder === "docker" ? dockerBuilder(name, build, this) : undefined;
  }
}
