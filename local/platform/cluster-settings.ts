/** Addresses and names inside an instance. All instances may use the same ones, because each has its own network. */
export const clusterSettings = {
  nodeName: "nexus-local",
  contextName: "nexus-local",
  clusterDomain: "cluster.local",
  podCidr: "10.244.0.0/16",
  serviceCidr: "10.96.0.0/16",
  apiServiceAddress: "10.96.0.1",
  apiPort: 6443,
  dnsAddress: "10.96.0.10",
  bridge: "cni0",
  /** Number of the netfilter queue from which the policy agent reads new connections. */
  policyQueue: 100,
  containerdSocket: "/run/containerd/containerd.sock",
} as const;

/** The first two octets of the networks between this machine and the nodes of its platforms; each is a /30 of its own. */
export const platformsPrefix = "10.213";
export const platformsCidr = `${platformsPrefix}.0.0/16`;

/** Folders as the programs on the node see them. */
export const nodePaths = {
  config: "/etc/nexus",
  pki: "/etc/nexus/pki",
  data: "/var/lib/nexus",
  run: "/run/nexus",
  logs: "/var/log/nexus",
} as const;
