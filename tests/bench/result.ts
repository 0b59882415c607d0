export interface Result {
  readonly what: string;
  readonly value: number;
  readonly unit: "ms" | "µs" | "MiB" | "KiB" | "records" | "runs";
  readonly peer?: string;
  readonly peerValue?: number;
  /** Maximum ratio to the peer that the design allows. */
  readonly goal?: number | undefined;
  /** Maximum value that the design allows, if it has no peer. */
  readonly limit?: number;
}

export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** The smallest value that `percent` of the values do not exceed. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? Number.NaN;
}

/** Milliseconds that a piece of work takes. */
export async function time(work: () => Promise<unknown>): Promise<number> {
  const started = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - started) / 1e6;
}

type Goals = Partial<Record<"p50" | "p95" | "p99", number>>;

/** Rows of a table: the median, the quantiles that have a goal, and p99 where there are enough values for one. */
export function quantiles(what: string, times: readonly number[], goals: Goals): Result[] {
  const wanted = new Set<"p50" | "p95" | "p99">(["p50", ...(Object.keys(goals) as (keyof Goals)[])]);
  if (times.length >= 50) wanted.add("p99");
  return [...wanted].map((quantile) => {
    const value = percentile(times, Number(quantile.slice(1)));
    const limit = goals[quantile];
    return { what: `${what}, ${quantile}`, value, unit: "ms" as const, ...(limit === undefined ? {} : { limit }) };
  });
}
