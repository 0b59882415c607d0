/** Who runs a server of the data tier: this stack, somebody else, or nobody. */
export const serverModes = ["builtin", "external", "none"] as const;
export type ServerMode = (typeof serverModes)[number];

/** A side of a connection that is no workload of ours. */
export type Outside =
  /** Anybody who reaches the node's port. */
  | { readonly kind: "anywhere" }
  /** Pods of another namespace. */
  | { readonly kind: "namespace"; readonly name: string }
  /** Addresses of one network. */
  | { readonly kind: "addresses"; readonly cidr: string }
  /** Addresses outside all private ranges. */
  | { readonly kind: "internet" };

/** A server of the data tier, wherever it runs. */
export interface Connection {
  readonly host: string;
  readonly port: number;
  /** Who answers there, as network policies name it: one of our workloads, or somebody outside. */
  readonly peer: string | Outside;
}

/**
 * `sslmode` as libpq means it: `require` encrypts, `verify-ca` also asks for a certificate of a known authority,
 * `verify-full` also for the host's name in it. `allow` and `prefer` are not among them: they fall back to plain text.
 */
export const sslModes = ["disable", "require", "verify-ca", "verify-full"] as const;

export interface DatabaseConnection extends Connection {
  /** Authorities whose certificates count, in PEM; null for those that Node.js knows. */
  readonly ca: string | null;
  readonly name: string;
  readonly user: string;
  /** `sslmode` of the URL; null where it says nothing. */
  readonly sslMode: string | null;
}

export interface CacheConnection extends Connection {
  /** Authorities whose certificates count, in PEM; null for those that Node.js knows. */
  readonly ca: string | null;
  readonly tls: boolean;
}

/** The servers that the services use; null for one that the topology does without. */
export interface Connections {
  readonly database: DatabaseConnection | null;
  readonly cache: CacheConnection | null;
}

/** Whether policies cover the whole namespace or only the workloads of this stack. */
export const policyScopes = ["namespace", "workload"] as const;
export type PolicyScope = (typeof policyScopes)[number];
