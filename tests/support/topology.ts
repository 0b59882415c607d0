import { cpuMillis, memoryBytes } from "@nexus/contract";
import { restrictedViolations } from "@nexus/testkit/pod-security";
import { containerOf, type Manifest, podTemplates, type RecordedStack, recordStack } from "./recorded-stack";

/** The dev stack in another topology, without its own values for what a topology decides. */
export function recordTopology(topology: string, changes: Readonly<Record<string, unknown>> = {}) {
  return recordStack("dev", { topology, networking: {}, logLevel: "", ...changes });
}

/** One value that a source names: its requirements, its name, where it is read, and the expected value. */
export type Row = readonly [ids: string, what: string, read: (stack: RecordedStack) => unknown, expected: unknown];

const spec = (kind: string, name: string) => (stack: RecordedStack) =>
  stack.manifest(kind, name).spec as Record<string, unknown>;

/** A value below `spec`, such as "strategy.type". */
export const inSpec = (kind: string, name: string, path: string) => (stack: RecordedStack) =>
  path.split(".").reduce<unknown>((value, key) => Reflect.get(value as object, key), spec(kind, name)(stack));

export const container = (owner: string, field: string) => (stack: RecordedStack) => containerOf(stack, owner)[field];
export const podSpec = (owner: string, field: string) => (stack: RecordedStack) =>
  podTemplates(stack)[owner]?.spec[field];
export const kinds = (kind: string) => (stack: RecordedStack) =>
  stack.manifests.filter((one) => one.kind === kind).map(({ metadata }) => metadata.name);
export const setting = (configMap: string, key: string) => (stack: RecordedStack) =>
  (stack.manifest("ConfigMap", configMap).data as Record<string, string>)[key];

/** Type, cluster IP and ports of a Service as short texts, such as "ClusterIP http 8000 -> http". */
export const service = (name: string) => (stack: RecordedStack) => {
  const { type, clusterIP, ports } = spec("Service", name)(stack) as {
    type?: string;
    clusterIP?: string;
    ports: { name: string; port: number; targetPort: string; nodePort?: number }[];
  };
  const head = clusterIP === "None" ? "headless" : (type ?? "ClusterIP");
  const texts = ports.map(
    (port) => `${port.name} ${port.port} -> ${port.targetPort}${port.nodePort ? ` node ${port.nodePort}` : ""}`,
  );
  return [head, ...texts];
};

/** A target in percent of what the pod may use. */
function share(
  stack: RecordedStack,
  owner: string,
  resource: { name: "cpu" | "memory"; target: { averageValue: string } },
) {
  const { limits } = containerOf(stack, owner).resources as { limits: Record<"cpu" | "memory", string> };
  const size = { cpu: cpuMillis, memory: memoryBytes }[resource.name];
  return Math.round((100 * (size(resource.target.averageValue) ?? 0)) / (size(limits[resource.name]) ?? 1));
}

/** Minimum and maximum of an autoscaler's pods, its targets and its behaviour. */
export const autoscaler = (name: string) => (stack: RecordedStack) => {
  const { minReplicas, maxReplicas, metrics, behavior, scaleTargetRef } = spec(
    "HorizontalPodAutoscaler",
    name,
  )(stack) as {
    minReplicas: number;
    maxReplicas: number;
    scaleTargetRef: { kind: string; name: string };
    metrics: { resource: { name: "cpu" | "memory"; target: { averageValue: string } } }[];
    behavior: Record<"scaleUp" | "scaleDown", { policies: { type: string; value: number; periodSeconds: number }[] }>;
  };
  const steps = (direction: "scaleUp" | "scaleDown") =>
    behavior[direction].policies.map(({ type, value, periodSeconds }) => `${value} ${type} in ${periodSeconds} s`);
  return {
    target: `${scaleTargetRef.kind}/${scaleTargetRef.name}`,
    range: `${minReplicas}-${maxReplicas}`,
    above: metrics.map(({ resource }) => `${resource.name} ${share(stack, name, resource)}%`),
    up: steps("scaleUp"),
    down: steps("scaleDown"),
  };
};

/** Requests and limits of a container as "cpu/memory". */
export const resources = (owner: string) => (stack: RecordedStack) => {
  const { requests, limits } = containerOf(stack, owner).resources as Record<
    "requests" | "limits",
    { cpu: string; memory: string }
  >;
  return `${requests.cpu}/${requests.memory} -> ${limits.cpu}/${limits.memory}`;
};

/** Value of an environment variable, read through the ConfigMap where it comes from there; "[secret]" for secrets. */
export const variable = (owner: string, name: string) => (stack: RecordedStack) => {
  const found = (containerOf(stack, owner).env ?? []).find((one) => one.name === name);
  const from = (found?.valueFrom ?? {}) as Partial<
    Record<"configMapKeyRef" | "secretKeyRef", { name: string; key: string }>
  >;
  if (from.configMapKeyRef) return setting(from.configMapKeyRef.name, from.configMapKeyRef.key)(stack);
  return from.secretKeyRef ? "[secret]" : found?.value;
};

interface Peer {
  readonly podSelector?: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly namespaceSelector?: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}
interface Rule {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
  readonly ports: readonly { readonly protocol: string; readonly port: number }[];
}

function peer(peers: readonly Peer[] = []): string {
  const [one] = peers;
  if (!one) return "anybody";
  if (one.ipBlock) return `${one.ipBlock.cidr}${one.ipBlock.except ? " but private" : ""}`;
  const pods = one.podSelector?.matchLabels["app.kubernetes.io/name"] ?? one.podSelector?.matchLabels["k8s-app"];
  const namespace = one.namespaceSelector?.matchLabels["kubernetes.io/metadata.name"];
  return [namespace && `namespace ${namespace}`, pods].filter(Boolean).join(" ");
}

/** One direction of a network policy as short texts, such as "postgres TCP 5432". */
export const traffic = (direction: "ingress" | "egress", name: string) => (stack: RecordedStack) => {
  const rules = spec("NetworkPolicy", name)(stack)[direction] as Rule[];
  return rules.map(({ from, to, ports }) => {
    const numbers = ports.map(({ protocol, port }) => `${protocol} ${port}`).join(", ");
    return `${peer(direction === "ingress" ? from : to)} ${numbers}`;
  });
};

/** Rules of an Ingress, such as "localhost/ -> graphstudio-frontend:http". */
export const ingressRules = (name: string) => (stack: RecordedStack) => {
  const { rules } = spec("Ingress", name)(stack) as unknown as {
    rules: {
      host: string;
      http: { paths: { path: string; backend: { service: { name: string; port: { name: string } } } }[] };
    }[];
  };
  return rules.flatMap(({ host, http }) =>
    http.paths.map(({ path, backend: { service: to } }) => `${host}${path} -> ${to.name}:${to.port.name}`),
  );
};

/** "Kind/name" of every object, sorted. */
export function objectList({ manifests }: RecordedStack): string[] {
  return manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`).sort();
}

/** Violations of a restricted namespace, and keys that a container reads but no object has. */
export function faults(stack: RecordedStack): string[] {
  const keysOf = (one: Manifest) => Object.keys((one.data ?? one.stringData ?? {}) as object);
  const known = new Map(stack.manifests.map((one) => [`${one.kind}/${one.metadata.name}`, keysOf(one)]));
  return Object.entries(podTemplates(stack)).flatMap(([owner, { spec: pod }]) => [
    ...restrictedViolations(pod).map((text) => `${owner}: ${text}`),
    ...(containerOf(stack, owner).env ?? []).flatMap(({ valueFrom }) => {
      const { configMapKeyRef, secretKeyRef } = (valueFrom ?? {}) as Partial<
        Record<"configMapKeyRef" | "secretKeyRef", { name: string; key: string }>
      >;
      const wanted = configMapKeyRef ?? secretKeyRef;
      const kind = configMapKeyRef ? "ConfigMap" : "Secret";
      if (!wanted || known.get(`${kind}/${wanted.name}`)?.includes(wanted.key)) return [];
      return [`${owner}: there is no ${wanted.key} in ${kind} ${wanted.name}`];
    }),
  ]);
}
