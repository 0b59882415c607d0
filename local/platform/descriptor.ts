import { clusterSettings } from "./cluster-settings";
import { BUILDER } from "./docker-config";
import type { HostSecrets } from "./host-secrets";
import { writeJsonFile } from "./json-file";
import type { InstanceLayout } from "./layout";

/** What the Pulumi program may know of the local platform; read for `nexus:cluster: { kind: local }`. */
export interface PlatformDescriptor {
  readonly version: 1;
  readonly kubeconfig: string;
  readonly context: string;
  /** Host and port, as image references begin. */
  readonly registry: string;
  /** Name of the buildx builder in `dockerConfig`. */
  readonly builder: string;
  readonly dockerConfig: string;
  readonly urls: { readonly studio: string };
  /** Port of localhost that leads to the ingress controller. */
  readonly ingressPort: number | undefined;
  /** Files that image builds get as secrets. */
  readonly buildSecrets: HostSecrets;
}

export function writeDescriptor(layout: InstanceLayout, buildSecrets: HostSecrets): PlatformDescriptor {
  const descriptor: PlatformDescriptor = {
    version: 1,
    kubeconfig: layout.kubeconfig,
    context: clusterSettings.contextName,
    registry: layout.registry,
    builder: BUILDER,
    dockerConfig: layout.dockerConfig,
    urls: { studio: layout.studioUrl },
    ingressPort: layout.identity.ports.ingress,
    buildSecrets,
  };
  writeJsonFile(layout.descriptorFile, descriptor);
  return descriptor;
}
