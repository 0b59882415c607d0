import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { repositoryRoot } from "../local/platform/layout";
import { runProgram } from "../local/platform/run-program";
import { runPulumi } from "./pulumi";
import type { StackOptions } from "./stack-settings";

interface StackLock {
  readonly pid: number;
  readonly hostname: string;
}

function locksOf(variables: Record<string, string>, stack: string): StackLock[] {
  const folder = path.join(
    (variables.PULUMI_BACKEND_URL ?? "").replace(/^file:\/\//, ""),
    `.pulumi/locks/organization/nexus/${stack}`,
  );
  if (!fs.existsSync(folder)) return [];
  // Beside each lock the backend keeps a file of attributes.
  return fs
    .readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => JSON.parse(fs.readFileSync(path.join(folder, file), "utf8")) as StackLock);
}

function isPulumi(pid: number): boolean {
  try {
    return fs.readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "pulumi";
  } catch {
    return false;
  }
}

interface ExportedStack {
  readonly deployment?: { readonly pending_operations?: readonly unknown[] };
}

/**
 * Forgets the operations that a killed update had begun. Pulumi would warn of them for good; here every object has a
 * fixed name and is applied server-side, so the next update takes over whatever they made.
 */
async function forgetPendingOperations(variables: Record<string, string>, stack: string): Promise<void> {
  const options = { cwd: repositoryRoot, env: { ...process.env, ...variables } };
  const exported = JSON.parse(
    await runProgram("pulumi", ["stack", "export", "--stack", stack], options),
  ) as ExportedStack;
  if (!exported.deployment?.pending_operations?.length) return;
  const input = JSON.stringify({ ...exported, deployment: { ...exported.deployment, pending_operations: [] } });
  await runProgram("pulumi", ["stack", "import", "--stack", stack], { ...options, input });
}

/**
 * Makes a stack whose last update was killed ready for the next one: frees its lock, which names a process of this
 * machine that no longer runs, and forgets what was half done.
 */
export async function recoverInterruptedUpdate(
  variables: Record<string, string>,
  { stack }: StackOptions,
): Promise<void> {
  const locks = locksOf(variables, stack);
  const isStale = (lock: StackLock) => lock.hostname === os.hostname() && !isPulumi(lock.pid);
  if (locks.length === 0 || !locks.every(isStale)) return;
  process.stderr.write(`An earlier update of stack ${stack} was interrupted; going on from where it stopped.\n`);
  await runPulumi(variables, ["cancel", "--yes", "--stack", stack]);
  await forgetPendingOperations(variables, stack);
}
