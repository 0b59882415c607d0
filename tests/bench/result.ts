export interface Result {
  readonly what: string;
  readonly value: number;
  readonly unit: "ms";
  readonly peer?: string;
  readonly peerValue?: number;
  /** Largest ratio to the peer that the design allows. */
  readonly goal?: number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
