export type InfraKind = "mongo" | "redis" | "postgres" | "qdrant" | "neo4j";
export type Verdict = "confirmed" | "unconfirmed" | "refuted";

/** What was found of one kind in a namespace. */
export interface InfraScan {
  readonly found: boolean;
  readonly candidates: readonly Omit<Finding, "namespace" | "type">[];
}

/** A cluster as the backend documents it. */
export interface Cluster {
  readonly cluster_id: string;
  readonly name: string;
  readonly context: string;
  readonly server: string;
  readonly namespace: string;
  readonly insecure: boolean;
  /** The cluster that the platform runs in, which cannot be removed. */
  readonly own: boolean;
  /** Whether members deploy there too. */
  readonly members_deploy: boolean;
  readonly status: "connected" | "unreachable" | "unauthorized";
  readonly status_reason: string | null;
  readonly checked_at: string;
  readonly version: string | null;
  readonly node_count: number | null;
  /** Null before the first scan. */
  readonly scanned_at: string | null;
  readonly scan_notes: readonly string[];
  readonly infra_scans: Readonly<Record<string, Readonly<Partial<Record<InfraKind, InfraScan>>>>>;
}

export interface NewCluster {
  readonly name: string;
  readonly kubeconfig: string;
  readonly context: string | undefined;
  readonly allow_insecure: boolean;
}

/** The contexts of a kubeconfig. */
export interface Contexts {
  readonly names: readonly string[];
  readonly current: string | null;
}

/** An account for Nexus in a cluster. */
export interface ClusterAccount {
  /** For `kubectl apply`. */
  readonly manifest: string;
  /** They print a kubeconfig with a token of it. */
  readonly commands: string;
}

/** A variable of a compose project, as the cluster knows it. */
export interface MappedVariable {
  readonly name: string;
  /** Null where there is none, and for a secret. */
  readonly value: string | null;
  readonly source: "manual" | "settings" | "discovery" | "default" | null;
  /** The Service that a scan found. */
  readonly from: string | null;
}

/** A Service whose handshake was tried. */
export interface Finding {
  readonly namespace: string;
  readonly type: InfraKind;
  readonly service: string;
  readonly endpoints: readonly string[];
  readonly verdict: Verdict;
  readonly reason: string;
}

/** What happens during a scan. */
export type ScanEvent =
  | { readonly kind: "progress"; readonly text: string }
  | ({ readonly kind: "finding" } & Finding)
  | { readonly kind: "end"; readonly cluster: Cluster; readonly notes: readonly string[] }
  | { readonly kind: "failed"; readonly code: string; readonly detail: string };
