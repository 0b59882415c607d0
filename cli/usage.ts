import type { Metadata } from "./kubernetes-types";

interface Usage {
  readonly cpu: string;
  readonly memory: string;
}

/** What metrics-server measured of a pod or a node. */
export type Measured =
  | {
      readonly kind: "PodMetrics";
      readonly metadata: Metadata;
      readonly containers: readonly { readonly usage: Usage }[];
    }
  | { readonly kind: "NodeMetrics"; readonly metadata: Metadata; readonly usage: Usage };

/** A core and a mebibyte in each unit that metrics-server writes. */
const PER_CORE: Readonly<Record<string, number>> = { n: 1e9, u: 1e6, m: 1e3, "": 1 };
const PER_MEBIBYTE: Readonly<Record<string, number>> = { "": 2 ** 20, Ki: 2 ** 10, Mi: 1, Gi: 2 ** -10 };

function amount(quantity: string, units: Readonly<Record<string, number>>): number {
  const [, number = "", unit = ""] = /^(\d+)([A-Za-z]*)$/.exec(quantity) ?? [];
  return Number(number) / (units[unit] ?? Number.NaN);
}

/** One row a pod and a node: CPU in thousandths of a core and memory, as `kubectl top` shows them (A33b). */
export function usageRows(measured: readonly Measured[]): string[][] {
  const rows = measured.map((one) => {
    const usages = one.kind === "PodMetrics" ? one.containers.map(({ usage }) => usage) : [one.usage];
    const sum = (numbers: readonly number[]) => Math.round(numbers.reduce((total, number) => total + number, 0));
    const cpu = sum(usages.map(({ cpu }) => amount(cpu, PER_CORE) * 1000));
    const memory = sum(usages.map(({ memory }) => amount(memory, PER_MEBIBYTE)));
    return [`${one.kind === "PodMetrics" ? "pod" : "node"}/${one.metadata.name}`, `${cpu}m`, `${memory}Mi`];
  });
  return [["USAGE", "CPU", "MEMORY"], ...rows];
}
