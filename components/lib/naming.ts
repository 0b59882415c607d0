/** Names that other parts, people and policies address; they never get a random suffix. */
export const workloads = {
  kernel: "workspace-kernel",
  backend: "graphstudio-backend",
  frontend: "graphstudio-frontend",
  postgres: "postgres",
  redis: "redis",
} as const;

/** Names of objects that several workloads read. */
export const shared = {
  configMap: "nexus-config",
  secret: "nexus-secrets",
} as const;

/** Services built from `images/<name>`. */
export const builtServices = [workloads.kernel, workloads.backend, workloads.frontend] as const;
export type BuiltService = (typeof builtServices)[number];

/** Name of the Job that brings a service's database schema up to date. */
export function migrationName(service: string): string {
  return `${service}-migrate`;
}

/** Name of a Service inside the cluster, in full: nginx does not use the pod's search domains. */
export function serviceHost(service: string, namespace: string): string {
  return `${service}.${namespace}.svc.cluster.local`;
}

/** Ports that no topology changes. nginx may not open port 80 as the user it runs as. */
export const containerPorts = { backend: 3000, frontend: 8080, postgres: 5432, redis: 6379 } as const;
