/** Prints what was measured, for people; nothing depends on it. */
export function report(what: string, figures: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${what}: ${JSON.stringify(figures)}\n`);
}

/** Median and maximum of some milliseconds, rounded; null for none. */
export function spread(values: readonly number[]): { readonly p50: number | null; readonly max: number | null } {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number) => (sorted.length === 0 ? null : Math.round(sorted[index] ?? 0));
  return { p50: at(Math.floor(sorted.length / 2)), max: at(sorted.length - 1) };
}
