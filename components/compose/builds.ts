import * as pulumi from "@pulumi/pulumi";
import * as path from "node:path";
import type { ImageBuild } from "@nexus/compose";
import type { ImageBuilder } from "../images/types";
import type { RegistryLogin } from "../lib/registry-login";

/** The images of services that compose would build. */
export interface ComposeBuilds {
  /** Registry and path that images are pushed to. */
  readonly registry: string;
  readonly tag: string;
  /** Whether the builder accepts the text of a Dockerfile instead of a file. */
  readonly inlineDockerfiles: boolean;
  /** How nodes log in to the registry; null if they need not. */
  readonly login: RegistryLogin | null;
}

/** Images by digest, by their name in the objects. */
export type BuiltImages = ReadonlyMap<string, pulumi.Output<string>>;

/** Builders need paths relative to the program's folder. */
function fromHere(file: string): string {
  return path.relative(process.cwd(), file) || ".";
}

/** Builds and pushes the images of a stack. @param name name of the stack, the prefix of the resources' names */
export function buildImages(
  name: string,
  builds: readonly ImageBuild[],
  builder: ImageBuilder,
  parent: pulumi.Resource,
): BuiltImages {
  const make = ({ service, image, context, dockerfile, target, args, secretArgs }: ImageBuild) =>
    builder({
      name: `${name}-${service}-image`,
      image,
      context: fromHere(context),
      dockerfile: "file" in dockerfile ? { file: fromHere(dockerfile.file) } : dockerfile,
      target,
      args: Object.fromEntries(
        Object.entries(args).map(([key, value]) => [key, secretArgs.includes(key) ? pulumi.secret(value) : value]),
      ),
      trusted: false,
      parent,
    });
  return new Map(builds.map((build) => [build.image, make(build)]));
}

/** The reference to run instead of an image's. */
export type ImageOf = (image: string) => pulumi.Input<string>;

/** Puts the images to run into an object. */
export function withImages<T>(value: T, imageOf: ImageOf): T {
  if (typeof value !== "object" || value === null || pulumi.Output.isInstance(value)) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => withImages(item, imageOf)) as T;
  const entries = Object.entries(value).map(([key, item]: [string, unknown]) => {
    const isImage = key === "image" && typeof item === "string";
    return [key, isImage ? imageOf(item) : withImages(item, imageOf)];
  });
  return Object.fromEntries(entries) as T;
}
