/**
 * Connections that the stack's own database server takes. Pods share what is not reserved for people, their copies and
 * what the server needs itself: enough for the largest stack with the smallest pools.
 */
export const serverConnections = { most: 300, reserved: 10 } as const;

/** Who runs the database: this stack, the CloudNativePG operator of the cluster, somebody else, or nobody. */
export const databaseModes = ["builtin", "cloudnativepg", "external", "none"] as const;
export type DatabaseMode = (typeof databaseModes)[number];

/** Where the database is, and the backup that an empty one is filled from. */
export interface DatabasePlace {
  readonly mode: DatabaseMode;
  readonly restoreFrom: string | null;
}

/** Who runs the cache: this stack, somebody else, or nobody. */
export const serverModes = ["builtin", "external", "none"] as const;
export type ServerMode = (typeof serverModes)[number];

/** An end of a connection that is not a workload of ours. */
export type Outside =
  /** Every client that can reach the node's port. */
  | { readonly kind: "anywhere" }
  /** Pods of another namespace. */
  | { readonly kind: "namespace"; readonly name: string }
  /** Addresses of one network. */
  | { readonly kind: "addresses"; readonly cidr: string }
  /** Addresses outside all private ranges. */
  | { readonly kind: "internet" };

/** A server, wherever it runs. */
export interface Connection {
  readonly host: string;
  readonly port: number;
  /** The server as network policies name it: one of our workloads, or an outside address. */
  readonly peer: string | Outside;
}

/**
 * `sslmode` with the meaning of libpq: `require` encrypts, `verify-ca` also requires a certificate of a trusted
 * authority, and `verify-full` also checks the host name in it. `allow` and `prefer` are left out, because they fall
 * back to plain text.
 */
export const sslModes = ["disable", "require", "verify-ca", "verify-full"] as const;
export type SslMode = (typeof sslModes)[number];

export interface DatabaseConnection extends Connection {
  /** Trusted certificate authorities in PEM; null for those that Node.js knows. */
  readonly ca: string | null;
  /** Secret in which an operator keeps the authority that it made; null where there is none. */
  readonly caSecret: string | null;
  readonly name: string;
  readonly user: string;
  /** `sslmode` of the URL; null if the URL has none. */
  readonly sslMode: SslMode | null;
}

export interface CacheConnection extends Connection {
  /** Trusted certificate authorities in PEM; null for those that Node.js knows. */
  readonly ca: string | null;
  readonly tls: boolean;
}

export interface IssuerConnection extends Connection {
  /** Trusted certificate authorities in PEM; null for those that Node.js knows. */
  readonly ca: string | null;
}

/** The servers that the services use; null for a server that there is not. */
export interface Connections {
  readonly database: DatabaseConnection | null;
  readonly cache: CacheConnection | null;
  /** The identity provider. */
  readonly issuer: IssuerConnection | null;
}

/** Whether policies cover the whole namespace or only the workloads of this stack. */
export const policyScopes = ["namespace", "workload"] as const;
export type PolicyScope = (typeof policyScopes)[number];
