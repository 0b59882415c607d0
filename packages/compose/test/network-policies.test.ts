import { structuralProblems } from "@nexus/testkit/compose-checker";
import type { Conversion } from "../src/convert";
import type { ConvertOptions } from "../src/convert-options";
import { convertText, lossKeys, podOf } from "./support";

interface Rule {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
  readonly ports?: readonly { readonly port: number; readonly protocol: string }[];
}
interface Peer {
  readonly podSelector?: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly namespaceSelector?: { readonly matchLabels: Readonly<Record<string, string>> };
}
interface Policy {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: {
    readonly podSelector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly policyTypes: readonly string[];
    readonly ingress?: readonly Rule[];
    readonly egress?: readonly Rule[];
  };
}

function valid(text: string, options: Partial<ConvertOptions> = {}): Conversion {
  const result = convertText(text, options);
  expect(structuralProblems(result.objects)).toEqual([]);
  return result;
}
const policiesOf = ({ objects }: Conversion) =>
  objects.filter(({ kind }) => kind === "NetworkPolicy") as unknown as Policy[];
const labelsOf = (result: Conversion, name: string) => podOf(result, name).metadata.labels as Record<string, string>;
const matches = (selector: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>) =>
  Object.entries(selector).every(([key, value]) => labels[key] === value);

/** True if the policies, by Kubernetes' rules, let one service connect to a port of another; "outside" is not a pod. */
function connects(result: Conversion, from: string, to: string, port: number): boolean {
  const labels = (name: string) => (name === "outside" ? {} : labelsOf(result, name));
  const allows = (type: "Ingress" | "Egress", subject: string, peer: string) => {
    const own = policiesOf(result).filter(
      ({ spec }) =>
        spec.policyTypes.includes(type) &&
        subject !== "outside" &&
        matches(spec.podSelector.matchLabels, labels(subject)),
    );
    if (own.length === 0) return true;
    const rules = own.flatMap(({ spec }) => (type === "Ingress" ? spec.ingress : spec.egress) ?? []);
    return rules.some((rule) => {
      const peers = type === "Ingress" ? rule.from : rule.to;
      const isPeer =
        peers === undefined ||
        peers.some(({ podSelector }) => podSelector && matches(podSelector.matchLabels, labels(peer)));
      return isPeer && (rule.ports === undefined || rule.ports.some((one) => one.port === port));
    });
  };
  return allows("Ingress", to, from) && allows("Egress", from, to);
}

const shop = `
services:
  web: { image: i, ports: ["8080:80"], expose: ["9000"], networks: [front, middle] }
  api: { image: i, expose: ["80"], networks: [middle, back] }
  db: { image: i, ports: ["5432:5432"], networks: [back] }
  other: { image: i, expose: ["80"] }
networks: { front: , middle: , back: { internal: true } }`;

describe("E15: networks as policies", () => {
  it.each([
    ["web", "api", 80, true],
    ["api", "web", 9000, true],
    ["web", "db", 5432, false],
    ["api", "db", 5432, true],
    ["db", "api", 80, true],
    ["other", "api", 80, false],
    ["other", "web", 80, true],
    ["other", "web", 9000, false],
    ["outside", "web", 80, true],
    ["outside", "db", 5432, false],
    ["db", "outside", 443, false],
    ["api", "outside", 443, true],
    ["db", "web", 80, false],
  ])("%s to %s:%s is %s", (from, to, port, expected) => {
    expect(connects(valid(shop), from, to, port)).toBe(expected);
  });

  it("ports that x-nexus opens can be reached, also on an internal network", () => {
    const text =
      "services: { db: { image: i, expose: ['80'], networks: [n], x-nexus: { service_type: NodePort } } }\nnetworks: { n: { internal: true } }";
    expect(connects(valid(text), "outside", "db", 80)).toBe(true);
  });

  it("are not made where all services share a network", () => {
    for (const text of [
      "services: { a: { image: i }, b: { image: i } }",
      "services: { a: { image: i, networks: [n, m] }, b: { image: i, networks: [n] } }\nnetworks: { n: , m: }",
    ])
      expect([policiesOf(valid(text)), lossKeys(valid(text))]).toEqual([[], []]);
  });

  it("are not made where they are switched off, and the report says what that means", () => {
    const result = valid(shop, { networkPolicies: false });
    expect(policiesOf(result)).toEqual([]);
    expect(JSON.stringify(result.objects)).not.toContain("network.nexus/");
    expect(result.losses.filter(({ key }) => key === "networks").map(({ service }) => service)).toEqual([
      "web",
      "api",
      "db",
      "other",
    ]);
  });

  it("work across the namespaces of the project, and networks whose names differ only in signs stay separate", () => {
    const result = valid(
      "services: { a: { image: i, networks: [n.1] }, b: { image: i, networks: [n.1], x-nexus: { namespace: team } }, c: { image: i, networks: [n_1] } }\nnetworks: { n.1: , n_1: }",
    );
    const shared = policiesOf(result).filter(({ spec }) =>
      matches(spec.podSelector.matchLabels, labelsOf(result, "a")),
    );
    expect(shared.map(({ metadata }) => metadata.namespace).sort()).toEqual(["team", "ushadow"]);
    for (const { spec } of shared)
      expect(spec.ingress?.[0]?.from?.[0]?.namespaceSelector).toEqual({
        matchLabels: { "app.kubernetes.io/part-of": "test" },
      });
    expect([connects(result, "a", "b", 80), connects(result, "c", "a", 80)]).toEqual([true, false]);
  });

  it("do not block a pod that waits for an unreachable dependency", () => {
    const result = valid(
      "services: { a: { image: i, depends_on: [b], networks: [n] }, b: { image: i, expose: ['80'] }, c: { image: i, networks: [m], depends_on: { d: { condition: service_completed_successfully } } }, d: { image: i, networks: [m] } }\nnetworks: { n: , m: { internal: true } }",
    );
    expect(podOf(result, "a").spec.initContainers).toBeUndefined();
    expect(connects(result, "c", "outside", 443)).toBe(true);
    expect(result.losses.map(({ service, effect }) => `${service}: ${effect}`)).toEqual([
      "c: it reaches outside of its networks, because it asks Kubernetes when a job ends",
      "a: the service does not wait: they share no network",
    ]);
  });
});
