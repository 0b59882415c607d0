/** What the last check of a cluster found. */
export const clusterStatuses = ["connected", "unreachable", "unauthorized"] as const;
export type ClusterStatus = (typeof clusterStatuses)[number];
