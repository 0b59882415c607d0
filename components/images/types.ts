import * as pulumi from "@pulumi/pulumi";
import { type BuiltService, nameOf, type Names } from "@nexus/contract";
import type { RegistryLogin } from "../lib/registry-login";

/** One image to build. Paths are relative to the program's folder, so that they are the same on every machine. */
export interface ImageRequest {
  /** Logical name of the Pulumi resource. */
  readonly name: string;
  /** Image to push, by tag. */
  readonly image: string;
  /** Folder whose files the build may copy. */
  readonly context: string;
  /** The file, or its text, which only BuildKit accepts. */
  readonly dockerfile: { readonly file: string } | { readonly text: string };
  /** Stage to build; undefined for the last. */
  readonly target: string | undefined;
  readonly args: Readonly<Record<string, pulumi.Input<string>>>;
  /** Whether the Dockerfile may read the secret files of the builds. */
  readonly trusted: boolean;
  /** The component that builds. */
  readonly parent: pulumi.Resource;
}

/** Makes an image and returns its reference by digest. */
export type ImageBuilder = (request: ImageRequest) => pulumi.Output<string>;

/** What the builders need to know. */
export interface BuildSettings {
  /** Registry and path that images are pushed to. */
  readonly registry: string;
  /** Names of the workloads, which are also those of their images. */
  readonly names: Names;
  /** Tag of the images; it has no effect on pods, which run images by digest. */
  readonly tag: string;
  /** User of the registry; undefined if no log-in is needed. */
  readonly registryUsername: string | undefined;
  /** Password of the registry's user. */
  readonly registryPassword: pulumi.Input<string> | undefined;
  /** buildx builder; undefined for the current one. */
  readonly builderName: string | undefined;
  /** Files that builds get as secrets, by id; undefined for none. */
  readonly secretFiles: Readonly<Record<string, string | undefined>> | undefined;
}

/** Name of a service's image with its tag. */
function imageTag({ registry, names, tag }: BuildSettings, service: BuiltService): string {
  return `${registry}/nexus/${nameOf(names, service)}:${tag}`;
}

/** Host of a registry, for logging in. */
export function registryHost({ registry }: BuildSettings): string {
  return registry.split("/")[0] ?? registry;
}

/** How the image of one of our services is built. Its Dockerfile copies from the whole repository. */
export function ownImage(settings: BuildSettings, service: BuiltService) {
  const dockerfile = { file: `images/${service}/Dockerfile` };
  return { image: imageTag(settings, service), context: ".", dockerfile, target: undefined, args: {}, trusted: true };
}

/** Files in layers get this time, so the same source gives the same digest. */
export const BUILD_ARGS = { SOURCE_DATE_EPOCH: "0" };

/** The registry's password, secret however it was given. */
export function registryPassword(settings: BuildSettings): pulumi.Output<string> | undefined {
  return settings.registryPassword === undefined ? undefined : pulumi.secret(settings.registryPassword);
}

/** How nodes log in to the registry that images are pulled from; null if no user is set. */
export function registryLogin(settings: BuildSettings): RegistryLogin | null {
  const [username, password] = [settings.registryUsername, registryPassword(settings)];
  return username === undefined || password === undefined ? null : { host: registryHost(settings), username, password };
}
