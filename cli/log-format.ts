const COLOURS: Readonly<Record<string, string>> = { debug: "\u001b[90m", warn: "\u001b[33m", error: "\u001b[31m" };
const RESET = "\u001b[0m";
const SHOWN_ELSEWHERE = new Set(["timestamp", "level", "service", "message", "workspaceId", "userId"]);

export interface FormatOptions {
  /** Leaves the service's own line as it is and drops only the pod's name. */
  readonly json: boolean;
  /** @default whether standard output is a terminal */
  readonly colour?: boolean;
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

function show(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/**
 * Makes one line of `kubectl logs --prefix` readable: pod, time, level, message, then the fields that say more.
 * A line that is no JSON object stays as it is, behind its pod.
 */
export function formatLogLine(line: string, options: FormatOptions): string {
  const [, pod = "", text = line] = /^\[pod\/([^/]+)\/[^\]]+\] (.*)$/.exec(line) ?? [];
  const entry = parseObject(text);
  if (!entry || options.json) return options.json ? text : `${pod} ${text}`.trim();
  const level = show(entry.level ?? "info");
  const colour = (options.colour ?? process.stdout.isTTY) ? COLOURS[level] : undefined;
  const owners = [
    entry.workspaceId && `workspace=${show(entry.workspaceId)}`,
    entry.userId && `user=${show(entry.userId)}`,
  ];
  const more = Object.entries(entry).filter(([name]) => !SHOWN_ELSEWHERE.has(name));
  const fields = [...owners.filter(Boolean), ...more.map(([name, value]) => `${name}=${show(value)}`)].join(" ");
  const time = show(entry.timestamp ?? "").slice(11, 23);
  const body = `${time} ${level.toUpperCase().padEnd(5)} ${show(entry.message ?? "")}${fields ? `  ${fields}` : ""}`;
  return `${pod} ${colour ? colour + body + RESET : body}`.trim();
}
