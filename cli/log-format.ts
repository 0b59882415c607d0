import { printable } from "@nexus/host";

const COLOURS: Readonly<Record<string, string>> = { debug: "\u001b[90m", warn: "\u001b[33m", error: "\u001b[31m" };
const RESET = "\u001b[0m";
const SHOWN_ELSEWHERE = new Set(["timestamp", "level", "service", "message", "workspaceId", "userId"]);
const HEALTH_CHECKS: readonly unknown[] = ["/health", "/ready", "/-/alive"];

/** A line of `kubectl logs --prefix --timestamps`. */
export interface LogLine {
  readonly pod: string;
  /** The pod and its container. */
  readonly source: string;
  /** The time at which the node received it, in a form that sorts by time. */
  readonly time: string;
  readonly text: string;
}

export interface FormatOptions {
  /** Leaves the service's own line as it is and drops only the pod's name. */
  readonly json: boolean;
  /** @default whether standard output is a terminal */
  readonly colour?: boolean;
}

/** Undefined for kubectl's own messages. */
export function parseLogLine(line: string): LogLine | undefined {
  const [, source = "", pod = "", seconds = "", fraction = "", zone = "", text = ""] =
    /^\[(pod\/([^/]+)\/[^\]]+)\] (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)(?: (.*))?$/.exec(line) ??
    [];
  if (source === "") return undefined;
  // Nodes may write in different time zones, and with a different number of digits.
  const time = new Date(seconds + zone).toISOString().replace(".000Z", `.${fraction.padEnd(9, "0")}Z`);
  return { pod, source, time, text };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === "object" && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** True for the line of a successful health check: each pod gets one every few seconds. */
export function isHealthCheck({ text }: LogLine): boolean {
  const entry = parseObject(text);
  return entry?.message === "request" && HEALTH_CHECKS.includes(entry.url) && Number(entry.status) < 400;
}

function show(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/**
 * Makes a line readable: pod, time, level, message, then the other fields. A line that is not a JSON object is printed
 * unchanged after its pod.
 */
export function formatLogLine({ pod, text }: LogLine, options: FormatOptions): string {
  if (options.json) return text;
  const entry = parseObject(text);
  if (!entry) return printable(`${pod} ${text}`.trim());
  const level = show(entry.level ?? "info");
  const colour = (options.colour ?? process.stdout.isTTY) ? COLOURS[level] : undefined;
  const owners = [
    entry.workspaceId && `workspace=${show(entry.workspaceId)}`,
    entry.userId && `user=${show(entry.userId)}`,
  ];
  const more = Object.entries(entry).filter(([name]) => !SHOWN_ELSEWHERE.has(name));
  const fields = [...owners.filter(Boolean), ...more.map(([name, value]) => `${name}=${show(value)}`)].join(" ");
  const time = show(entry.timestamp ?? "").slice(11, 23);
  const message = show(entry.message ?? "") + (fields ? `  ${fields}` : "");
  const body = printable(`${time} ${level.toUpperCase().padEnd(5)} ${message}`);
  return `${pod} ${colour ? colour + body + RESET : body}`.trim();
}
