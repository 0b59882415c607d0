/** Kubernetes quantities as people write them, and their size as numbers, for comparisons. */

const MEMORY = /^([1-9]\d*)(Ki|Mi|Gi|Ti)$/;
const CPU = /^(\d+(?:\.\d{1,3})?|[1-9]\d*m)$/;
const BYTES: Readonly<Record<string, number>> = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 };

/** Bytes of a memory quantity such as "512Mi"; undefined if the text is not one. */
export function memoryBytes(quantity: string): number | undefined {
  const match = MEMORY.exec(quantity);
  return match ? Number(match[1]) * (BYTES[match[2] ?? ""] ?? 1) : undefined;
}

/** Thousandths of a core of a CPU quantity such as "250m" or "0.5"; undefined if the text is not one. */
export function cpuMillis(quantity: string): number | undefined {
  if (!CPU.test(quantity)) return undefined;
  const millis = quantity.endsWith("m") ? Number(quantity.slice(0, -1)) : Math.round(Number(quantity) * 1000);
  return millis > 0 ? millis : undefined;
}
