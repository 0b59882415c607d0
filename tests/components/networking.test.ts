import type { Outside } from "@nexus/contract";
import { type Changes, ingress, recordNetworking } from "../support/networking";
import type { RecordedStack } from "../support/recorded-stack";

interface Rule {
  readonly from?: readonly object[];
  readonly to?: readonly object[];
  readonly ports: readonly { readonly protocol: string; readonly port: number }[];
}
interface Policy {
  readonly podSelector: object;
  readonly policyTypes: readonly string[];
  readonly ingress?: readonly Rule[];
  readonly egress?: readonly Rule[];
}

const policy = (stack: RecordedStack, name: string) => stack.manifest("NetworkPolicy", name).spec as Policy;
const pods = (name: string) => ({ podSelector: { matchLabels: { "app.kubernetes.io/name": name } } });
const namespace = (name: string) => ({ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } } });
const tcp = (...ports: number[]) => ports.map((port) => ({ protocol: "TCP", port }));

describe("A43 C18: network policies", () => {
  let stack: RecordedStack;
  beforeAll(async () => {
    stack = await recordNetworking();
  });

  it("deny everything that is not allowed, in both directions", () => {
    expect(policy(stack, "deny-all")).toEqual({ podSelector: {}, policyTypes: ["Ingress", "Egress"] });
  });

  it("C19 X9: let every pod ask the name server, over UDP and TCP", () => {
    expect(policy(stack, "dns").egress).toEqual([
      {
        to: [{ ...namespace("kube-system"), podSelector: { matchLabels: { "k8s-app": "kube-dns" } } }],
        ports: [
          { protocol: "UDP", port: 53 },
          { protocol: "TCP", port: 53 },
        ],
      },
    ]);
  });

  it("A11 X9: let the kernel out to the backend, the AI service, itself, the database and public addresses, and nowhere else", () => {
    const [keys, ai, relay, database, internet, ...more] = policy(stack, "workspace-kernel").egress ?? [];
    expect(more).toEqual([]);
    expect(keys).toEqual({ to: [pods("graphstudio-backend")], ports: tcp(3000) });
    expect(ai).toEqual({ to: [pods("nexus-os")], ports: tcp(4000) });
    expect(policy(stack, "nexus-os").ingress).toContainEqual({ from: [pods("workspace-kernel")], ports: tcp(4000) });
    expect(relay).toEqual({ to: [pods("workspace-kernel")], ports: tcp(3000, 3001) });
    expect(database).toEqual({ to: [pods("postgres")], ports: tcp(5432) });
    expect(internet).toMatchObject({ to: [{ ipBlock: { cidr: "0.0.0.0/0" } }], ports: tcp(80, 443) });
  });

  it("A11: let the kernel connect to the cache if it serves the AI", async () => {
    const withAi = await recordNetworking({ kernelAi: true });
    expect(policy(withAi, "workspace-kernel").egress).toContainEqual({ to: [pods("redis")], ports: tcp(6379) });
    expect(policy(withAi, "redis").ingress).toContainEqual({ from: [pods("workspace-kernel")], ports: tcp(6379) });
  });

  it("let the backend out to clusters, and to a mail server where there is one, and nowhere otherwise", async () => {
    const to = async (changes: Changes) =>
      (policy(await recordNetworking(changes), "graphstudio-backend").egress ?? []).filter((rule) =>
        JSON.stringify(rule).includes("ipBlock"),
      );
    const isPublic = { to: [{ ipBlock: { cidr: "0.0.0.0/0" } }] };
    const clusters = { ...isPublic, ports: tcp(443, 6443) };
    expect(await to({})).toMatchObject([clusters]);
    expect(await to({ mailPort: 465 })).toMatchObject([{ ...isPublic, ports: tcp(465) }, clusters]);
    expect(
      await to({ clusters: { ports: [6443], privateNetworks: ["10.7.0.0/16"], ownServers: ["10.1.0.10/32"] } }),
    ).toMatchObject([
      { ...isPublic, ports: tcp(6443) },
      { to: [{ ipBlock: { cidr: "10.7.0.0/16" } }], ports: tcp(6443) },
      { to: [{ ipBlock: { cidr: "10.1.0.10/32" } }], ports: tcp(6443) },
    ]);
  });

  it("let the backend out to an identity provider where there is one: in public, or where it was named", async () => {
    const to = async (peer: Outside) =>
      (policy(await recordNetworking({ issuer: { peer, port: 8443 } }), "graphstudio-backend").egress ?? []).filter(
        ({ ports }) => ports[0]?.port === 8443,
      );
    expect(await to({ kind: "internet" })).toMatchObject([{ to: [{ ipBlock: { cidr: "0.0.0.0/0" } }] }]);
    expect(await to({ kind: "addresses", cidr: "10.1.0.0/16" })).toMatchObject([
      { to: [{ ipBlock: { cidr: "10.1.0.0/16" } }] },
    ]);
    expect(await to({ kind: "namespace", name: "keycloak" })).toMatchObject([{ to: [namespace("keycloak")] }]);
  });

  it("C19: keep private, link-local and metadata addresses from the kernel", () => {
    const internet = (policy(stack, "workspace-kernel").egress ?? []).find(({ to }) =>
      JSON.stringify(to).includes("ipBlock"),
    );
    const { except } = (internet?.to?.[0] as { ipBlock: { except: string[] } }).ipBlock;
    expect(except).toEqual(
      expect.arrayContaining(["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8"]),
    );
  });

  it("C18: let frontend, kernel and monitoring connect to the kernel", () => {
    expect(policy(stack, "workspace-kernel").ingress).toEqual([
      { from: [pods("graphstudio-frontend")], ports: tcp(3000, 3001) },
      { from: [pods("workspace-kernel")], ports: tcp(3000, 3001) },
      { from: [namespace("monitoring")], ports: tcp(3000) },
      { from: [pods("nexus-debug")], ports: tcp(3000) },
    ]);
  });

  it("A40 B30: let a throw-away pod connect to each service, and to nothing else", () => {
    expect(policy(stack, "nexus-debug")).toEqual({
      ...pods("nexus-debug"),
      policyTypes: ["Ingress", "Egress"],
      ingress: [],
      egress: [
        { to: [pods("workspace-kernel")], ports: tcp(3000) },
        { to: [pods("graphstudio-backend")], ports: tcp(3000) },
        { to: [pods("graphstudio-frontend")], ports: tcp(8080) },
        { to: [pods("nexus-os")], ports: tcp(4000) },
      ],
    });
  });

  it("A11: let only workloads that need them connect to the database and the cache", () => {
    expect(policy(stack, "postgres")).toMatchObject({
      ingress: [
        { from: [pods("workspace-kernel")], ports: tcp(5432) },
        { from: [pods("graphstudio-backend")], ports: tcp(5432) },
        { from: [pods("workspace-kernel-migrate")], ports: tcp(5432) },
        { from: [pods("graphstudio-backend-migrate")], ports: tcp(5432) },
      ],
      egress: [],
    });
    expect(policy(stack, "redis")).toMatchObject({
      ingress: [
        { from: [pods("graphstudio-backend")], ports: tcp(6379) },
        { from: [pods("nexus-os")], ports: tcp(6379) },
      ],
      egress: [],
    });
  });

  it("A5: let everybody connect to the frontend only if there is a node port", async () => {
    const debug = { from: [pods("nexus-debug")], ports: tcp(8080) };
    expect(policy(stack, "graphstudio-frontend").ingress).toEqual([debug]);
    const open = await recordNetworking({ nodePort: 30_080 });
    expect(policy(open, "graphstudio-frontend").ingress).toEqual([{ ports: tcp(8080) }, debug]);
  });

  it("C18 D8: let the ingress controller connect to frontend and kernel if there is an Ingress", async () => {
    const open = await recordNetworking({ ingress });
    const controller = { from: [namespace("ingress-nginx")] };
    expect(policy(open, "graphstudio-frontend").ingress).toContainEqual({ ...controller, ports: tcp(8080) });
    expect(policy(open, "workspace-kernel").ingress).toContainEqual({ ...controller, ports: tcp(3000, 3001) });
  });

  it("A29: let services reach the collector only while TriLog is on", async () => {
    const collector = { to: [pods("otel-collector")], ports: tcp(4318) };
    expect(policy(stack, "workspace-kernel").egress).not.toContainEqual(collector);
    const traced = await recordNetworking({ telemetry: true });
    expect(policy(traced, "workspace-kernel").egress).toContainEqual(collector);
  });

  it("agree on both sides: each allowed egress has an allowed ingress", () => {
    const names = stack.manifests
      .map(({ metadata }) => metadata.name)
      .filter((name) => !["deny-all", "dns"].includes(name));
    for (const name of names)
      for (const { to, ports } of policy(stack, name).egress ?? []) {
        const target = names.find((other) => JSON.stringify(to) === JSON.stringify([pods(other)]));
        if (target) expect(policy(stack, target).ingress).toContainEqual({ from: [pods(name)], ports });
      }
  });

  it("can be switched off", async () => {
    expect((await recordNetworking({ networkPolicies: false })).manifests).toEqual([]);
  });
});

describe("X9: network policies for other topologies", () => {
  it("let services connect to an external database by its namespace or its network, and to no database inside", async () => {
    const namespaced = await recordNetworking({ database: { peer: { kind: "namespace", name: "data" }, port: 5433 } });
    const edge = { to: [namespace("data")], ports: tcp(5433) };
    for (const owner of ["workspace-kernel", "graphstudio-backend", "workspace-kernel-migrate"])
      expect(policy(namespaced, owner).egress).toContainEqual(edge);
    expect(namespaced.manifests.map(({ metadata }) => metadata.name)).not.toContain("postgres");
    const peer = { kind: "addresses", cidr: "10.1.2.3/32" } as const;
    const addressed = await recordNetworking({ cache: { peer, port: 6380 } });
    expect(policy(addressed, "nexus-os").egress).toContainEqual({
      to: [{ ipBlock: { cidr: "10.1.2.3/32" } }],
      ports: tcp(6380),
    });
  });

  it("have no edge for services that the topology does not have", async () => {
    const small = await recordNetworking({ services: ["workspace-kernel"], database: null, cache: null });
    expect(small.manifests.map(({ metadata }) => metadata.name).sort()).toEqual([
      "deny-all",
      "dns",
      "nexus-debug",
      "workspace-kernel",
    ]);
    expect(policy(small, "workspace-kernel").egress).toHaveLength(2);
    expect(policy(small, "workspace-kernel").ingress).toEqual([
      { from: [pods("workspace-kernel")], ports: tcp(3000, 3001) },
      { from: [namespace("monitoring")], ports: tcp(3000) },
      { from: [pods("nexus-debug")], ports: tcp(3000) },
    ]);
  });

  it("C20: open the kernel instead of the studio if there is no studio", async () => {
    const small = await recordNetworking({ services: ["workspace-kernel"], nodePort: 30_080, ingress });
    expect(policy(small, "workspace-kernel").ingress).toContainEqual({ ports: tcp(3000) });
    const { rules } = small.manifest("Ingress", "nexus").spec as { rules: { http: { paths: object[] } }[] };
    expect(rules[0]?.http.paths[1]).toMatchObject({ path: "/", backend: { service: { name: "workspace-kernel" } } });
  });
});
