import type { Duplex } from "node:stream";
import type { ClusterObjects } from "../candidates/objects";

/** The pod and the port to connect to. */
export interface PodPort {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
}

/** The part of E14 that describes the cluster itself. */
export interface ClusterFacts {
  readonly name: string;
  readonly context: string;
  readonly server: string;
  readonly version: string;
  /** Null if the credentials may not list nodes. */
  readonly node_count: number | null;
  /** The context's own namespace, or "default". */
  readonly namespace: string;
}

export interface NamespaceReading {
  readonly objects: ClusterObjects;
  /** What could not be read and the consequence of that, in sentences. */
  readonly notes: readonly string[];
}

/** The part of a cluster that a scan needs. */
export interface ClusterReader {
  /** @throws DiscoveryError if the cluster cannot be asked */
  facts(): Promise<ClusterFacts>;
  /** @throws DiscoveryError if the namespace does not exist or its Services may not be listed */
  read(namespace: string): Promise<NamespaceReading>;
  /** A connection to a port of a pod, through the API server; the signal ends it. */
  connectToPod(target: PodPort, signal: AbortSignal): Promise<Duplex>;
  /** A connection to an address outside of the cluster. Absent where such addresses must not be contacted from here. */
  connectTo?(host: string, port: number, signal: AbortSignal): Promise<Duplex>;
}
