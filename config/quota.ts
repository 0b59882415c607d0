import { cpuMillis, memoryBytes, type Resources } from "@nexus/contract";
import type { Pods } from "./pods";
import { type Contradiction, setCommand } from "./problem";
import type { QuotasSection } from "./sections/quotas";

type Quotas = NonNullable<QuotasSection>;

const GIB = 2 ** 30;

/** A limit of the namespace: what one pod uses of it, and how its amounts are written. */
interface Bound {
  readonly key: "requestsCpu" | "requestsMemory" | "limitsCpu" | "limitsMemory" | "pods";
  readonly share: (resources: Resources) => number;
  readonly size: (quotas: Quotas) => number;
  /** The amount, rounded up to a number that is easy to read. */
  readonly text: (size: number) => string;
}

const cores = (millis: number) => String(Math.ceil(millis / 1000));
const gibibytes = (bytes: number) => `${Math.ceil(bytes / GIB)}Gi`;
const millis = (text: string | null) => cpuMillis(text ?? "") ?? 0;
const bytes = (text: string | null) => memoryBytes(text ?? "") ?? 0;

/** Kubernetes sets a missing request to the limit. */
const BOUNDS: readonly Bound[] = [
  {
    key: "requestsCpu",
    share: ({ requests, limits }) => millis(requests.cpu ?? limits.cpu),
    size: (quotas) => millis(quotas.requestsCpu),
    text: cores,
  },
  {
    key: "requestsMemory",
    share: ({ requests, limits }) => bytes(requests.memory ?? limits.memory),
    size: (quotas) => bytes(quotas.requestsMemory),
    text: gibibytes,
  },
  {
    key: "limitsCpu",
    share: ({ limits }) => millis(limits.cpu),
    size: (quotas) => millis(quotas.limitsCpu),
    text: cores,
  },
  {
    key: "limitsMemory",
    share: ({ limits }) => bytes(limits.memory),
    size: (quotas) => bytes(quotas.limitsMemory),
    text: gibibytes,
  },
  { key: "pods", share: () => 1, size: (quotas) => quotas.pods, text: String },
];

/** What all pods of a stack use at most, by limit. */
export function sumsOf(pods: readonly Pods[]): Record<Bound["key"], number> {
  const sums = BOUNDS.map(({ key, share }) => [key, sum(pods.map(({ resources, most }) => share(resources) * most))]);
  return Object.fromEntries(sums) as Record<Bound["key"], number>;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}

/** With a quota too small for the stack, an update would stop halfway. */
export function quotaProblems(quotas: Quotas | null, pods: readonly Pods[]): Contradiction[] {
  if (!quotas) return [];
  const open = pods.flatMap(({ owner, resources: { limits } }) =>
    (["cpu", "memory"] as const)
      .filter((resource) => owner !== undefined && limits[resource] === null)
      .map((resource): Contradiction => {
        const path = [...(owner ?? []), "limits", resource];
        const text = '"null" contradicts quotas, under which every pod has a limit';
        return { path, text, fix: setCommand(path, resource === "cpu" ? "1" : "2Gi"), because: ["quotas"] };
      }),
  );
  const sums = sumsOf(pods);
  const small = BOUNDS.flatMap(({ key, share, size, text }): Contradiction[] => {
    if (size(quotas) >= sums[key]) return [];
    const path = ["quotas", key];
    const largest = pods
      .map(({ name, resources, most }) => ({ name, most, takes: share(resources) * most }))
      .toSorted((one, other) => other.takes - one.takes)
      .slice(0, 2)
      .map(({ name, most, takes }) => `${most} of ${name} ${text(takes)}`);
    const needs = `the ${text(sums[key])} that this stack may take (${largest.join(", ")} and others)`;
    return [{ path, text: `"${quotas[key]}" is less than ${needs}`, fix: setCommand(path, text(sums[key])) }];
  });
  return open.length > 0 ? open : small;
}
