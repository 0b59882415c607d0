/** Where the backend's pods find the token and the authority of their own cluster, if tenants may deploy to it. */
export const OWN_CLUSTER_FOLDER = "/var/run/secrets/nexus/cluster";

/** All tenants may use this cluster. */
export const ALL_TENANTS = "all";

/** Networks in which the API server of a cluster usually is. */
export const PRIVATE_NETWORKS = ["10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16"];

/** Namespaces of this cluster that tenants deploy to, one tenant each: nothing of them is in the platform's own. */
export const tenantNamespaces = (platform: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${platform}-apps-${index + 1}`);
