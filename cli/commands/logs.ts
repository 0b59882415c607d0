import { spawn } from "node:child_process";
import * as readline from "node:readline";
import { printable } from "@nexus/host";
import { formatLogLine, isHealthCheck, type LogLine, parseLogLine } from "../log-format";
import { clusterArguments, kubectlList, kubectlProgram } from "../kubectl";
import type { ContainerStatus, Pod } from "../kubernetes-types";
import { openSession } from "../open-session";
import type { Session } from "../session";
import { readStackSettings, type StackOptions } from "../stack-settings";

export interface LogOptions extends StackOptions {
  /** Lines of each container to begin with; without it 50, or all with `since`. */
  readonly tail?: string;
  /** How far back, such as `2h`. */
  readonly since?: string;
  readonly follow: boolean;
  readonly previous: boolean;
  readonly probes: boolean;
  readonly json: boolean;
}

const DEFAULT_TAIL = 50;
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
/** Pods are read one after another: lines this much older than the newest may have come in between. */
const OVERLAP_SECONDS = 300;

/** `npm run logs -- <service>`: the lines of all pods of a service by time, JSON lines made readable (A17, B22). */
export async function logs(service: string | undefined, options: LogOptions): Promise<void> {
  const { workloads } = readStackSettings(options);
  const fix = `Fix: npm run logs -- <${workloads.join(" | ")}>`;
  if (!service) throw new Error(`Name the service whose logs you want. ${fix}`);
  if (!workloads.includes(service)) throw new Error(`"${service}" is not a service. ${fix}`);
  if (options.tail !== undefined && !/^\d+$/.test(options.tail))
    throw new Error(`--tail ${options.tail} is not a whole number. Fix: --tail ${DEFAULT_TAIL}`);
  if (options.since !== undefined && !/^[1-9]\d{0,8}[smhd]$/.test(options.since))
    throw new Error(`--since ${options.since} is not a time. Fix: a number with s, m, h or d, such as --since 2h`);
  await showLogs(await openSession(options, false), service, options);
}

/** Prints the lines of a service's pods, to the end or until the reader closes the pipe. */
export async function showLogs(session: Session, service: string, options: Omit<LogOptions, "stack">): Promise<void> {
  const selector = `app.kubernetes.io/name=${service},app.kubernetes.io/part-of=nexus`;
  requireLogs(service, await kubectlList<Pod>(session, "pods", selector), options.previous);
  const stop = new AbortController();
  process.stdout.once("error", () => stop.abort());
  const read = (flags: readonly string[], take: (line: LogLine) => void) =>
    readLines(session, ["--selector", selector, ...flags], take, stop.signal);
  const isShown = (line: LogLine) => options.probes || !isHealthCheck(line);
  const print = (line: LogLine) => void process.stdout.write(`${formatLogLine(line, { json: options.json })}\n`);

  const since = options.since === undefined ? undefined : secondsOf(options.since);
  const wanted = Number(options.tail ?? (since === undefined ? DEFAULT_TAIL : Infinity));
  const past = [...(since === undefined ? [] : [`--since=${since}s`]), ...(options.previous ? ["--previous"] : [])];
  const containers = await lastLines(wanted, isShown, (tail, take) => read([`--tail=${tail}`, ...past], take));
  const lines = [...containers.values()].flatMap((all) => all.filter(isShown).slice(-wanted));
  lines.sort((a, b) => Number(a.time > b.time) - Number(a.time < b.time)).forEach(print);
  if (!options.follow || options.previous || stop.signal.aborted) return;

  const seen = new Map([...containers].map(([source, all]) => [source, all.at(-1)?.time ?? ""]));
  const newest = [...seen.values()].sort().at(-1);
  const overlap = Math.min(since ?? OVERLAP_SECONDS, OVERLAP_SECONDS);
  const from = newest && new Date(Date.parse(newest) - 1000 * overlap).toISOString();
  await read(
    ["--follow", ...(from ? [`--since-time=${from}`, "--tail=-1"] : [`--tail=${wanted === 0 ? 0 : -1}`])],
    (line) => {
      if (isShown(line) && line.time > (seen.get(line.source) ?? "")) print(line);
    },
  );
}

/**
 * The last lines of each container in their order: so many that at least `wanted` are shown, or all. Most lines of an
 * idle service may be health checks, which are not shown, so more lines are read.
 */
async function lastLines(
  wanted: number,
  isShown: (line: LogLine) => boolean,
  read: (tail: number, take: (line: LogLine) => void) => Promise<void>,
): Promise<ReadonlyMap<string, readonly LogLine[]>> {
  for (let asked = wanted; ; asked *= 10) {
    const containers = new Map<string, LogLine[]>();
    if (asked === 0) return containers;
    await read(Number.isFinite(asked) ? asked : -1, (line) => {
      const lines = containers.get(line.source);
      if (lines) lines.push(line);
      else containers.set(line.source, [line]);
    });
    const hasMore = (lines: readonly LogLine[]) => lines.length >= asked && lines.filter(isShown).length < wanted;
    if (![...containers.values()].some(hasMore)) return containers;
  }
}

function secondsOf(since: string): number {
  return Number(since.slice(0, -1)) * (SECONDS[since.slice(-1)] ?? Number.NaN);
}

/** @throws Error if no container has the requested logs; it names those that have not started */
function requireLogs(service: string, pods: readonly Pod[], previous: boolean): void {
  if (pods.length === 0) throw new Error(`${service} has no pods, and so no logs. Fix: npm run status`);
  const containers = pods.flatMap((pod) =>
    [...(pod.status.initContainerStatuses ?? []), ...(pod.status.containerStatuses ?? [])].map((status) => ({
      name: `${status.name} of pod ${pod.metadata.name}`,
      status,
    })),
  );
  if (previous && !containers.some(({ status }) => hasEnded(status)))
    throw new Error(
      `No container of ${service} was restarted, so there are no earlier logs. Fix: leave out --previous`,
    );
  const waiting = containers
    .filter(({ status }) => !hasStarted(status))
    .map(
      ({ name, status }) =>
        `${name} has not started: ${status.state?.waiting?.reason ?? "it waits for other containers"}`,
    );
  if (waiting.length === containers.length)
    throw new Error(`${waiting.join(", ") || `No container of ${service} has started`}. Fix: npm run status`);
  for (const text of previous ? [] : waiting) process.stderr.write(`${text}\n`);
}

const hasEnded = ({ lastState }: ContainerStatus) => lastState?.terminated !== undefined;
const hasStarted = (status: ContainerStatus) =>
  status.state?.running !== undefined || status.state?.terminated !== undefined || hasEnded(status);

/** kubectl's error for a container without such a log, which {@link requireLogs} has reported. */
const WITHOUT_LOG = /is waiting to start|previous terminated container .* not found/;

/** Reads the lines of all containers, those of one in their order, until the end or `signal`. */
async function readLines(
  session: Session,
  flags: readonly string[],
  take: (line: LogLine) => void,
  signal: AbortSignal,
): Promise<void> {
  // With a request timeout, following would end after 20 s. A container without a log must not end the others.
  const cluster = clusterArguments(session).filter((argument) => !argument.startsWith("--request-timeout"));
  const format = ["--all-containers", "--prefix", "--timestamps", "--ignore-errors", "--max-log-requests=20"];
  const child = spawn(kubectlProgram(session), [...cluster, "logs", ...format, ...flags], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...session.variables },
  });
  const end = () => void child.kill();
  signal.addEventListener("abort", end);
  // It depends on its version where kubectl writes its errors.
  for (const stream of [child.stdout, child.stderr])
    readline.createInterface({ input: stream }).on("line", (text) => {
      const line = parseLogLine(text);
      if (line) take(line);
      else if (!WITHOUT_LOG.test(text)) {
        process.stderr.write(`${printable(text)}\n`);
        process.exitCode = 1;
      }
    });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  signal.removeEventListener("abort", end);
  if (code !== 0 && !signal.aborted) process.exitCode = 1;
}
