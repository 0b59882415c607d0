import { recordStack } from "../support/recorded-stack";

interface Rule {
  readonly to: readonly { readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] } }[];
  readonly ports: readonly object[];
}

/** Everything that is not a public address: private, shared, this node, link-local, benchmarks, multicast and reserved. */
const NOT_PUBLIC = [
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

test.each([
  ["workspace-kernel", [80, 443]],
  ["nexus-os", [443]],
  // API servers of clusters.
  ["graphstudio-backend", [443, 6443]],
])("C19: %s reaches public addresses on these ports, and no others", async (workload, ports) => {
  const stack = await recordStack("dev", { clusters: { own: false } });
  const { egress } = stack.manifest("NetworkPolicy", workload).spec as { egress: Rule[] };
  const outside = egress.filter(({ to }) => to.some(({ ipBlock }) => ipBlock));
  expect(outside).toEqual([
    {
      to: [{ ipBlock: { cidr: "0.0.0.0/0", except: NOT_PUBLIC } }],
      ports: ports.map((port) => ({ protocol: "TCP", port })),
    },
  ]);
});

test("A43 X9: no other workload connects to the outside of the cluster", async () => {
  const { manifests } = await recordStack("dev");
  const policies = manifests.filter(({ kind, metadata }) => kind === "NetworkPolicy" && metadata.namespace === "nexus");
  const senders = policies.filter(({ spec }) => {
    const { egress = [] } = spec as { egress?: Partial<Rule>[] };
    return egress.some(({ to = [] }) => to.length === 0 || to.some(({ ipBlock }) => ipBlock));
  });
  expect(senders.map(({ metadata }) => metadata.name).sort()).toEqual([
    "graphstudio-backend",
    "nexus-os",
    "workspace-kernel",
  ]);
});
