export interface Result {
  readonly what: string;
  readonly value: number;
  readonly unit: "ms" | "MiB";
  readonly peer?: string;
  readonly peerValue?: number;
  /** Largest ratio to the peer that the design allows. */
  readonly goal?: number | undefined;
  /** Largest value that the design allows, where it needs no peer. */
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
