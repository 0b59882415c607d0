import type { Metadata, Node, Pod } from "./kubernetes-types";

interface Usage {
  readonly cpu: string;
  readonly memory: string;
}

/** What metrics-server measured for a pod or a node. */
export type Measured =
  | {
      readonly kind: "PodMetrics";
      readonly metadata: Metadata;
      readonly containers: readonly { readonly usage: Usage }[];
    }
  | { readonly kind: "NodeMetrics"; readonly metadata: Metadata; readonly usage: Usage };

type Resource = keyof Usage;

/** Factors from the units of metrics-server and objects to the units that are shown, millicores and MiB. */
const UNITS: Readonly<Record<Resource, Readonly<Record<string, number>>>> = {
  cpu: { n: 1e-6, u: 1e-3, m: 1, "": 1e3 },
  memory: {
    "": 2 ** -20,
    k: 1e3 * 2 ** -20,
    Ki: 2 ** -10,
    M: 1e6 * 2 ** -20,
    Mi: 1,
    G: 1e9 * 2 ** -20,
    Gi: 2 ** 10,
    Ti: 2 ** 20,
  },
};

function amount(resource: Resource, quantity: string): number {
  const [, number = "", unit = ""] = /^([\d.]+)([A-Za-z]*)$/.exec(quantity) ?? [];
  return Number(number) * (UNITS[resource][unit] ?? Number.NaN);
}

function shown(resource: Resource, value: number): string {
  return `${Math.round(value)}${resource === "cpu" ? "m" : "Mi"}`;
}

/** An amount in the units of the other rows; amounts other than CPU and memory stay unchanged. */
export function readableAmount(resource: string, quantity: string): string {
  return resource === "cpu" || resource === "memory" ? shown(resource, amount(resource, quantity)) : quantity;
}

/** The limit of all containers of a pod together; undefined if one has no limit. */
function limitOf(pod: Pod | undefined, resource: Resource): number | undefined {
  const limits = pod?.spec.containers.map(({ resources }) => resources?.limits?.[resource]);
  return limits?.reduce<number | undefined>(
    (sum, limit) => (sum === undefined || limit === undefined ? undefined : sum + amount(resource, limit)),
    0,
  );
}

/**
 * One row per pod and node: CPU in millicores and memory, as `kubectl top` shows them (A33b), with the share of the
 * pod's limit, or of what the node has for pods.
 */
export function usageRows(measured: readonly Measured[], pods: readonly Pod[], nodes: readonly Node[]): string[][] {
  const rows = measured.map((one) => {
    const { name } = one.metadata;
    const isPod = one.kind === "PodMetrics";
    const usages = isPod ? one.containers.map(({ usage }) => usage) : [one.usage];
    const named = <T extends { readonly metadata: Metadata }>(all: readonly T[]) =>
      all.find(({ metadata }) => metadata.name === name);
    const cell = (resource: Resource) => {
      const used = usages.reduce((sum, usage) => sum + amount(resource, usage[resource]), 0);
      const whole = isPod
        ? limitOf(named(pods), resource)
        : amount(resource, named(nodes)?.status.allocatable?.[resource] ?? "0");
      return shown(resource, used) + (whole ? ` (${Math.round((100 * used) / whole)}%)` : "");
    };
    return [`${isPod ? "pod" : "node"}/${name}`, cell("cpu"), cell("memory")];
  });
  return [["USAGE", "CPU", "MEMORY"], ...rows];
}
