import type { Workspace } from "./api/types";
import { i18n } from "./i18n";
import { plainName } from "./unseen";

/** Writes a value in the chosen language. */
const write = (value: unknown, format: string) => i18n.format(value, format, i18n.language);
const writeNumber = (value: number) => write(value, "number(maximumFractionDigits: 1)");

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 ** 2) return `${writeNumber(bytes / 1024)} KiB`;
  return `${writeNumber(bytes / 1024 ** 2)} MiB`;
}

/** Memory of a workspace, and its limit if that is known. */
export function formatMemory({ state, memoryBytes }: Pick<Workspace, "state" | "memoryBytes">, limit?: number): string {
  if (state === "stopped") return i18n.t("workspaces:noMemory");
  const most = limit && formatBytes(limit);
  if (memoryBytes === 0)
    return most ? i18n.t("workspaces:noMemoryYetOf", { limit: most }) : i18n.t("workspaces:noMemoryYet");
  const used = formatBytes(memoryBytes);
  return most ? i18n.t("workspaces:memoryOf", { used, limit: most }) : used;
}

/**
 * A name for a text without markup, such as a window's title. It is isolated, so that it cannot change the direction of
 * the text around it.
 */
export const isolated = (name: string): string => `\u2068${plainName(name)}\u2069`;

export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1) return "<1 ms";
  if (milliseconds < SECOND) return `${writeNumber(milliseconds)} ms`;
  return `${writeNumber(milliseconds / SECOND)} s`;
}

/** "3 minutes ago"; a time that is a little in the future is "just now". */
export function formatAge(isoTime: string, now: number): string {
  const age = now - Date.parse(isoTime);
  if (age < MINUTE) return i18n.t("justNow");
  const [unit, length] = age < HOUR ? ["minute", MINUTE] : age < DAY ? ["hour", HOUR] : ["day", DAY];
  return write(-Math.floor(age / length), `relativetime(range: ${unit}; numeric: auto)`);
}

export const formatTime = (isoTime: string): string =>
  write(new Date(isoTime), "datetime(dateStyle: medium; timeStyle: medium)");
