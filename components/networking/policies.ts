import type { Outside, PolicyScope } from "@nexus/contract";
import type { Edge } from "./edges";

/** Addresses that code in workspaces must not reach: private networks, this node, and cloud metadata (C19). */
export const PRIVATE_RANGES = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "224.0.0.0/4",
  "240.0.0.0/4",
];

/** Denies everything that no other policy allows, in both directions. */
export const denyAllSpec = { podSelector: {}, policyTypes: ["Ingress", "Egress"] };

/** The cluster's name server. DNS uses TCP for answers that are too long for UDP (X9). */
export const dnsRule = {
  to: [
    {
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
      podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
    },
  ],
  ports: [
    { protocol: "UDP", port: 53 },
    { protocol: "TCP", port: 53 },
  ],
};

/** Every pod may ask the cluster's name server. */
export const dnsSpec = { podSelector: {}, policyTypes: ["Egress"], egress: [dnsRule] };

/**
 * What one workload may send and receive, made from the list of edges.
 * @param scope with "workload" the policy also allows DNS, because there is no policy for the whole namespace
 * @param operated workloads whose pods an operator makes
 */
export function workloadPolicySpec(
  name: string,
  list: readonly Edge[],
  scope: PolicyScope,
  operated: readonly string[],
) {
  const podsOf = (workload: string) => selector(workload, operated.includes(workload));
  const peers = (direction: "from" | "to", side: string | Outside) => peersOf(direction, side, podsOf);
  const egress = list
    .filter((edge) => edge.from === name)
    .map(({ to, ports }) => ({ ...peers("to", to), ports: tcp(ports) }));
  return {
    podSelector: podsOf(name),
    policyTypes: ["Ingress", "Egress"],
    ingress: list
      .filter((edge) => edge.to === name)
      .map(({ from, ports }) => ({ ...peers("from", from), ports: tcp(ports) })),
    egress: scope === "workload" ? [dnsRule, ...egress] : egress,
  };
}

function selector(name: string, isOperated: boolean) {
  return { matchLabels: { [isOperated ? "cnpg.io/cluster" : "app.kubernetes.io/name"]: name } };
}

function tcp(ports: readonly number[]) {
  return ports.map((port) => ({ protocol: "TCP", port }));
}

/** A rule without peers admits everybody. */
function peersOf(
  direction: "from" | "to",
  side: string | Outside,
  podsOf: (workload: string) => object,
): Record<string, object[]> {
  if (typeof side === "string") return { [direction]: [{ podSelector: podsOf(side) }] };
  if (side.kind === "anywhere") return {};
  if (side.kind === "addresses") return { [direction]: [{ ipBlock: { cidr: side.cidr } }] };
  if (side.kind === "internet") return { [direction]: [{ ipBlock: { cidr: "0.0.0.0/0", except: PRIVATE_RANGES } }] };
  return { [direction]: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": side.name } } }] };
}
