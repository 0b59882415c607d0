import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { UpdateSummary } from "@pulumi/pulumi/automation";
import { processName, TOOLS_ON_PATH } from "@nexus/host";
import { exportStack, readPulumi, runPulumi } from "../pulumi";
import type { StackOptions } from "../stack-settings";

interface StackLock {
  readonly pid: number;
  readonly hostname: string;
}

/** @param state folder of the file backend */
function locksOf(state: string, stack: string): StackLock[] {
  const folder = path.join(state, ".pulumi/locks/organization/nexus", stack);
  if (!fs.existsSync(folder)) return [];
  // The backend also keeps a file of attributes for each lock.
  return fs
    .readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => JSON.parse(fs.readFileSync(path.join(folder, file), "utf8")) as StackLock);
}

function isPulumi(pid: number): boolean {
  return processName(pid) === "pulumi";
}

function isStale({ hostname, pid }: StackLock): boolean {
  return hostname === os.hostname() && !isPulumi(pid);
}

/**
 * Refuses to remove a platform while an update runs on it.
 * @param state folder of the platform's file backend
 * @throws Error that names the process
 */
export function refuseWhileUpdating(state: string, stack: string): void {
  refuseRunning(locksOf(state, stack), stack);
}

function refuseRunning(locks: readonly StackLock[], stack: string): void {
  const running = locks.find((lock) => !isStale(lock));
  if (!running) return;
  // A replaced machine, such as a container, has another host name, and its processes cannot be checked.
  const gone =
    running.hostname === os.hostname()
      ? ""
      : ` If that machine is gone: ${TOOLS_ON_PATH} && pulumi cancel --stack ${stack}`;
  throw new Error(
    `An update of stack ${stack} is running (pulumi, process ${running.pid} on ${running.hostname}). ` +
      `Fix: wait until it has ended, or end it with Ctrl-C in its terminal or kill -INT ${running.pid}.${gone}`,
  );
}

/**
 * Removes the pending operations of a killed update from the state. Pulumi would warn about them forever. Every object
 * has a fixed name and is applied server-side, so the next update takes over whatever they created.
 */
async function forgetPendingOperations(variables: Record<string, string>, stack: string): Promise<void> {
  const exported = await exportStack(variables, stack);
  if (!exported.deployment?.pending_operations?.length) return;
  const input = JSON.stringify({ ...exported, deployment: { ...exported.deployment, pending_operations: [] } });
  await readPulumi(variables, ["stack", "import", "--stack", stack], input);
}

/**
 * Makes the files of a killed update readable. The file backend writes a file of attributes beside each file, in two
 * steps; an engine that is killed between them leaves it empty, and then the backend cannot read the file itself ("failed
 * to load checkpoint: EOF"). Without attributes it can.
 * @param state folder of the file backend
 */
function dropEmptyAttributes(state: string): void {
  const folder = path.join(state, ".pulumi");
  for (const name of fs.readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const file = path.join(folder, name);
    if (name.endsWith(".attrs") && fs.statSync(file).size === 0) fs.rmSync(file);
  }
}

/**
 * Prepares a stack for an update after the last one was killed: releases its lock, which names a process of this
 * machine that no longer runs, and removes pending operations.
 * @returns whether there was such an update
 * @throws Error that names the process of an update that still runs
 */
export async function recoverInterruptedUpdate(
  variables: Record<string, string>,
  { stack }: StackOptions,
): Promise<boolean> {
  const state = (variables.PULUMI_BACKEND_URL ?? "").replace(/^file:\/\//, "");
  const locks = locksOf(state, stack);
  refuseRunning(locks, stack);
  if (locks.length === 0) return false;
  process.stderr.write(`An earlier update of stack ${stack} was interrupted; continuing from where it stopped.\n`);
  dropEmptyAttributes(state);
  await runPulumi(variables, ["cancel", "--yes", "--stack", stack]);
  await forgetPendingOperations(variables, stack);
  return true;
}

type HistoryEntry = Pick<UpdateSummary, "result">;

/**
 * Whether the last update failed. Pulumi's state then has the old inputs of the objects that it was updating, although
 * the cluster may have the new ones. Going back to the old configuration would change nothing without `--refresh`, and
 * the cluster would stay as the failed update left it.
 */
export async function lastUpdateFailed(variables: Record<string, string>, { stack }: StackOptions): Promise<boolean> {
  const args = ["stack", "history", "--json", "--page-size", "1", "--page", "1", "--stack", stack];
  const [last] = JSON.parse(await readPulumi(variables, args)) as HistoryEntry[];
  return last !== undefined && last.result !== "succeeded";
}
