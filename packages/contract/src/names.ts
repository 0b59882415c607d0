/**
 * Names of the objects, as the topology sets them. Other programs, people and policies address objects by these names,
 * so they never get a random suffix.
 */
export interface Names {
  /** The workspace kernel. */
  readonly kernel: string;
  /** Accounts and sessions. */
  readonly backend: string;
  /** The web application. */
  readonly frontend: string;
  /** The AI service. */
  readonly nexusOs: string;
  readonly postgres: string;
  readonly redis: string;
  /** ConfigMap with the shared settings. */
  readonly settings: string;
  /** Secret with the shared secrets. */
  readonly secrets: string;
  /** Secret with which nodes log in to the registry. */
  readonly registry: string;
  /** Objects that belong to no workload: Ingress, quota and limits. */
  readonly platform: string;
}

export const standardNames: Names = {
  kernel: "workspace-kernel",
  backend: "graphstudio-backend",
  frontend: "graphstudio-frontend",
  nexusOs: "nexus-os",
  postgres: "postgres",
  redis: "redis",
  settings: "nexus-config",
  secrets: "nexus-secrets",
  registry: "nexus-registry",
  platform: "nexus",
};

/** Services built from `images/<service>`. */
export const builtServices = ["workspace-kernel", "graphstudio-backend", "graphstudio-frontend", "nexus-os"] as const;
export type BuiltService = (typeof builtServices)[number];

/** Services that have a schema in the database. */
export const migratedServices = ["workspace-kernel", "graphstudio-backend"] as const;

const keys = {
  "workspace-kernel": "kernel",
  "graphstudio-backend": "backend",
  "graphstudio-frontend": "frontend",
  "nexus-os": "nexusOs",
} as const satisfies Record<BuiltService, keyof Names>;

/** Name of a service's workload and of its image. */
export function nameOf(names: Names, service: BuiltService): string {
  return names[keys[service]];
}

/** Name of the Job that brings a workload's database schema up to date. */
export function migrationName(workload: string): string {
  return `${workload}-migrate`;
}

/** The name of a CronJob has at most 52 characters, because its Jobs add a number to it. */
const CRON_JOB_STEM = 45;

/** Name of the CronJob that makes backups of a database server, and of everything that its Jobs run as. */
export function backupName(server: string): string {
  return `${server.slice(0, CRON_JOB_STEM)}-backup`;
}

/** Name of the CronJob that restores the newest backup of a database server for a test. */
export function drillName(server: string): string {
  return `${server.slice(0, CRON_JOB_STEM)}-drill`;
}

/** Name of the Job that fills an empty database from a backup. */
export function restoreName(server: string): string {
  return `${server.slice(0, CRON_JOB_STEM)}-restore`;
}

/** The id of a backup: its number, and when it was made. */
export const BACKUP_ID = /^\d{6,12}-\d{8}T\d{6}Z$/;

/** The operator refuses longer names, because it adds to them. */
const OPERATOR_STEM = 42;

/**
 * Name of the Cluster that CloudNativePG runs. It is not that of the stack's own server, because the operator makes a
 * ServiceAccount of its name.
 */
export function clusterName(server: string): string {
  return `${server.slice(0, OPERATOR_STEM)}-cluster`;
}

/** Name of the ConfigMap with the releases. */
export function releasesName({ platform }: Pick<Names, "platform">): string {
  return `${platform}-releases`;
}

/** Names of network policies, and of pods that belong to no workload; a workload must not have such a name. */
export const reservedNames = {
  denyAll: "deny-all",
  dns: "dns",
  /** Accepts traces if `features.trilog` is on. */
  collector: "otel-collector",
  /** A pod that somebody starts for debugging; docs/topologies.md has the command. */
  debug: "nexus-debug",
} as const;

/** Name of a Service inside the cluster, in full: nginx does not use the pod's search domains. */
export function serviceHost(service: string, namespace: string): string {
  return `${service}.${namespace}.svc.cluster.local`;
}

/** Ports that no topology changes. nginx runs as a user that may not open port 80. */
export const containerPorts = { backend: 3000, frontend: 8080, postgres: 5432, redis: 6379 } as const;

/** Namespace of a compose project that names none (E5). */
export const COMPOSE_NAMESPACE = "ushadow";

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
export const DNS_LABEL_TEXT = "a name of at most 63 lower-case letters, digits and dashes";

/** True for a name that Kubernetes accepts for a namespace. */
export function isDnsLabel(name: string): boolean {
  return LABEL.test(name);
}

/** What is allowed as the name of a stack's own namespace; namespaces that every cluster has belong to the cluster. */
export const OWN_NAMESPACE_TEXT = `${DNS_LABEL_TEXT}, other than default and kube-*`;

export const OWN_NAMESPACE = /^(?!default$|kube-)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

export function isOwnNamespace(name: string): boolean {
  return OWN_NAMESPACE.test(name);
}

/** True for the name of a Secret, a ConfigMap or a host: labels of lower-case letters, digits and dashes, with dots between. */
export function isDomainName(name: string): boolean {
  return name.length <= 253 && name.split(".").every(isDnsLabel);
}

/** True for a host name. One that ends in a number is an address, or would be taken for one. */
export function isHostName(name: string): boolean {
  return isDomainName(name) && !/^\d+$/.test(name.split(".").at(-1) ?? "");
}
