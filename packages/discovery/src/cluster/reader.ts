import type { Duplex } from "node:stream";
import type { ClusterObjects } from "../candidates/objects";
import type { PodPort } from "./pod-connection";

/** What E14 keeps of a cluster itself. */
export interface ClusterFacts {
  readonly name: string;
  readonly context: string;
  readonly server: string;
  readonly version: string;
  /** Null when the credentials may not list nodes. */
  readonly node_count: number | null;
  /** The context's own namespace, or "default". */
  readonly namespace: string;
}

export interface NamespaceReading {
  readonly objects: ClusterObjects;
  /** What could not be read and what that costs, in sentences. */
  readonly notes: readonly string[];
}

/** What a scan needs of a cluster. */
export interface ClusterReader {
  /** @throws DiscoveryError when the cluster cannot be asked */
  facts(): Promise<ClusterFacts>;
  /** @throws DiscoveryError when the namespace does not exist or its Services may not be listed */
  read(namespace: string): Promise<NamespaceReading>;
  /** A connection to a port of a pod, through the API server; the signal ends it. */
  connectToPod(target: PodPort, signal: AbortSignal): Promise<Duplex>;
}
