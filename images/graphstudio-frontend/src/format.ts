import type { Workspace } from "./api/types";

const numbers = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 ** 2) return `${numbers.format(bytes / 1024)} KiB`;
  return `${numbers.format(bytes / 1024 ** 2)} MiB`;
}

/** Memory of a workspace, and its limit if that is known. */
export function formatMemory({ state, memoryBytes }: Pick<Workspace, "state" | "memoryBytes">, limit?: number): string {
  if (state === "stopped") return "none";
  if (memoryBytes === 0) return limit ? `none yet, at most ${formatBytes(limit)}` : "none yet";
  return limit ? `${formatBytes(memoryBytes)} of ${formatBytes(limit)}` : formatBytes(memoryBytes);
}

/**
 * A name for a text without markup, such as a window's title. It is isolated, so that it cannot change the direction of
 * the text around it.
 */
export const isolated = (name: string): string => `\u2068${name}\u2069`;

export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1) return "<1 ms";
  if (milliseconds < SECOND) return `${numbers.format(milliseconds)} ms`;
  return `${numbers.format(milliseconds / SECOND)} s`;
}

/** "3 minutes ago"; a time that is a little in the future is "just now". */
export function formatAge(isoTime: string, now: number): string {
  const age = now - Date.parse(isoTime);
  if (age < MINUTE) return "just now";
  if (age < HOUR) return relative.format(-Math.floor(age / MINUTE), "minute");
  if (age < DAY) return relative.format(-Math.floor(age / HOUR), "hour");
  return relative.format(-Math.floor(age / DAY), "day");
}
