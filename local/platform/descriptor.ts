import { servedImages } from "./base-images";
import { clusterSettings } from "./cluster-settings";
import { BUILDER } from "./docker-config";
import type { HostSecrets } from "./host-secrets";
import { readJsonFile, writeJsonFile } from "@nexus/host";
import { descriptorFile, type InstanceLayout } from "./layout";

/** What the Pulumi program may know of the cluster that `npm run up` made on this machine. */
export interface PlatformDescriptor {
  readonly version: 1;
  /** The local platform, or a cluster of kind (or k3d) on a Docker engine. */
  readonly kind: "local" | "kind";
  readonly kubeconfig: string;
  readonly context: string;
  /** Host and port, as in image references. */
  readonly registry: string;
  /** Name of the buildx builder. */
  readonly builder: string;
  /** Docker configuration that has the builder; it replaces the user's. A kind cluster uses the user's own. */
  readonly dockerConfig?: string;
  /** Address of the Docker engine of a kind cluster. */
  readonly dockerHost?: string;
  /** Digests of the third-party images in the platform's own registry, by their name and tag; a kind cluster pulls them. */
  readonly images?: Readonly<Record<string, string>>;
  readonly urls: { readonly studio: string };
  /** Port of localhost that leads to the ingress controller; a kind cluster has no ingress controller of ours. */
  readonly ingressPort?: number;
  /** Files that image builds get as secrets, by id. */
  readonly buildSecrets: HostSecrets;
}

export function writeDescriptor(layout: InstanceLayout, buildSecrets: HostSecrets): PlatformDescriptor {
  const descriptor: PlatformDescriptor = {
    version: 1,
    kind: "local",
    kubeconfig: layout.kubeconfig,
    context: clusterSettings.contextName,
    registry: layout.registry,
    builder: BUILDER,
    dockerConfig: layout.dockerConfig,
    images: servedImages(layout.registryData),
    urls: { studio: layout.studioUrl },
    ingressPort: layout.identity.ports.ingress,
    buildSecrets,
  };
  writeJsonFile(layout.descriptorFile, descriptor);
  return descriptor;
}

/** The descriptor of `home`'s cluster; undefined if there is none. */
export function readDescriptor(home: string): PlatformDescriptor | undefined {
  const descriptor = readJsonFile<PlatformDescriptor>(descriptorFile(home));
  // Descriptors of earlier versions have no kind: they had only the local platform.
  return descriptor && { ...descriptor, kind: descriptor.kind ?? "local" };
}
