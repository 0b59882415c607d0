/** Amounts as compose files write them. */

const DURATION = /^(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+)ms)?(?:(\d+)us)?$/;
const SIZE = /^(\d+(?:\.\d+)?)\s*(b|[kmgt](?:i?b)?)?$/i;
const POWERS: Readonly<Record<string, number>> = { k: 1, m: 2, g: 3, t: 4 };

/** Seconds of a duration such as `1m30s`; undefined if the text is not one. */
export function durationSeconds(text: string): number | undefined {
  if (text === "0") return 0;
  const match = DURATION.exec(text);
  if (text === "" || !match) return undefined;
  const [hours, minutes, seconds, millis, micros] = match.slice(1).map((part) => Number(part ?? 0));
  return (hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0) + (millis ?? 0) / 1e3 + (micros ?? 0) / 1e6;
}

/** Bytes of a size such as `50M` or `1gb`, whose units are powers of 1024; undefined if the text is not one. */
export function sizeBytes(text: string): number | undefined {
  const match = SIZE.exec(text.trim());
  if (!match) return undefined;
  return Math.round(Number(match[1]) * 1024 ** (POWERS[(match[2] ?? "b").charAt(0).toLowerCase()] ?? 0));
}

/** A size as Kubernetes writes it, such as `50Mi`. */
export function quantity(bytes: number): string {
  for (const [power, unit] of [
    [4, "Ti"],
    [3, "Gi"],
    [2, "Mi"],
    [1, "Ki"],
  ] as const)
    if (bytes > 0 && bytes % 1024 ** power === 0) return `${bytes / 1024 ** power}${unit}`;
  return String(bytes);
}
