import { spawn } from "node:child_process";
import * as readline from "node:readline";
import { formatLogLine } from "../log-format";
import { clusterArguments, kubectlProgram } from "../kubectl";
import { openSession } from "../open-session";
import type { Session } from "../session";
import { readStackSettings, type StackOptions } from "../stack-settings";

export interface LogOptions extends StackOptions {
  readonly tail: string;
  readonly follow: boolean;
  readonly previous: boolean;
  readonly json: boolean;
}

/** `npm run logs -- <service>`: the lines of all pods of a service, JSON lines made readable (A17, B22). */
export async function logs(service: string | undefined, options: LogOptions): Promise<void> {
  const { workloads } = readStackSettings(options);
  const fix = `Fix: npm run logs -- <${workloads.join(" | ")}>`;
  if (!service) throw new Error(`Name the service whose logs you want. ${fix}`);
  if (!workloads.includes(service)) throw new Error(`"${service}" is no service. ${fix}`);
  if (!/^\d+$/.test(options.tail)) throw new Error(`--tail ${options.tail} is not a whole number. Fix: --tail 50`);
  await showLogs(await openSession(options, false), service, options);
}

/** Prints the lines of a service's pods, to the end or until nobody reads on. */
export async function showLogs(session: Session, service: string, options: Omit<LogOptions, "stack">): Promise<void> {
  // A request timeout would end the following after 20 s.
  const cluster = clusterArguments(session).filter((argument) => !argument.startsWith("--request-timeout"));
  const selector = ["--selector", `app.kubernetes.io/name=${service},app.kubernetes.io/part-of=nexus`];
  const flags = ["--all-containers", "--prefix", "--max-log-requests=20", `--tail=${options.tail}`];
  if (options.follow && !options.previous) flags.push("--follow");
  if (options.previous) flags.push("--previous");
  const child = spawn(kubectlProgram(session), [...cluster, "logs", ...selector, ...flags], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...session.variables },
  });
  const lines = readline.createInterface({ input: child.stdout });
  lines.on("line", (line) => process.stdout.write(formatLogLine(line, { json: options.json }) + "\n"));
  let unread = false;
  process.stdout.once("error", () => {
    unread = true;
    child.kill();
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  if (code !== 0 && !unread) process.exitCode = 1;
}
