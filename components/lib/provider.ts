import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { withOwner } from "./ownership";

/** The cluster to work on. */
export interface ClusterAccess {
  readonly context: string;
  /** Path of the kubeconfig; undefined for the one that kubectl would read. */
  readonly kubeconfig: string | undefined;
}

/** The only provider of the stack. It uses a named context and never the current one. */
function kubernetesProvider(
  name: string,
  { context, kubeconfig }: ClusterAccess,
  opts: pulumi.ResourceOptions,
): pulumi.ProviderResource {
  const args = {
    context,
    kubeconfig,
    // Another kubeconfig for the same cluster must not replace the objects; another context must.
    clusterIdentifier: context,
    enableServerSideApply: true,
    // A changed ConfigMap or Secret is updated in place; the hash in the annotations of the pods replaces them.
    enableConfigMapMutable: true,
    enableSecretMutable: true,
    // A killed update may leave an object that is not in the state. The guard stops the program before the provider
    // adopts an object of somebody else.
    upsertExistingObjects: true,
    kubeClientSettings: { qps: 100, burst: 200, timeout: 60 },
  };
  return new k8s.Provider(name, args, opts);
}

/** Types of objects with data that cannot be restored. */
export const DATA_TYPES: ReadonlySet<string> = new Set([
  "kubernetes:core/v1:Namespace",
  "kubernetes:core/v1:PersistentVolumeClaim",
  "kubernetes:apps/v1:StatefulSet",
]);

/** Makes Pulumi refuse to delete or replace objects with data until somebody removes the protection. */
const protectData: pulumi.ResourceTransformation = ({ type, props, opts }) =>
  // Pulumi never deletes what it retains.
  DATA_TYPES.has(type) && opts.retainOnDelete !== true ? { props, opts: { ...opts, protect: true } } : undefined;

/**
 * Options of every component whose objects are in the cluster.
 * @param opts options of the provider and of the components, such as what they wait for
 * @param keepsData whether objects with data are protected
 */
export function clusterOptions(
  name: string,
  cluster: ClusterAccess,
  opts: pulumi.ResourceOptions = {},
  keepsData = false,
): pulumi.ComponentResourceOptions {
  const provider = kubernetesProvider(name, cluster, opts);
  const transformations = [withOwner, ...(keepsData ? [protectData] : []), ...(opts.transformations ?? [])];
  return { ...opts, provider, transformations };
}
