import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { duration, endingSignals, repositoryRoot, signalIfRunning } from "@nexus/host";

export interface TestStep {
  readonly title: string;
  readonly command: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
  /** Whether the step only gets processor time that nothing else wants. */
  readonly yields?: boolean;
}

/** A step of check or test that failed. */
export class StepError extends Error {
  public constructor(title: string, code: number | null) {
    super(code === null ? `${title} was stopped.` : `${title} failed (exit ${code}); its messages are above.`);
    this.name = "StepError";
  }
}

/** Makes a folder for temporary files that servers running as another user can enter. */
function makeTemporaryFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-step-"));
  fs.chmodSync(folder, 0o755);
  return folder;
}

/** Gives a process that has just started, and all that it will start, the lowest priority. */
function lowerPriority(pid: number): void {
  try {
    os.setPriority(pid, os.constants.priority.PRIORITY_LOW);
    // With autogroups, Linux compares priorities only within a session. So the session gets the priority too.
    fs.writeFileSync(`/proc/${pid}/autogroup`, String(os.constants.priority.PRIORITY_LOW));
  } catch {
    // The process has ended, or the system has no such groups.
  }
}

type Output = "stdout" | "stderr";

/** A program ends when it writes to a pipe that nobody reads. This process does not, so the output goes through it. */
const passOn = (text: string, from: Output) => void process[from].write(text);

/**
 * Starts a step; `take` gets its output, or this terminal without it. The step has its own process group, which gets
 * the signals of this process: stopping this process also stops everything that the step started. The step also has its
 * own folder for temporary files, which is removed with it.
 */
async function endOf(
  step: TestStep,
  take: ((text: string, from: Output) => void) | undefined = process.stdout.isTTY ? undefined : passOn,
): Promise<number | null> {
  const [program, ...args] = step.command;
  const temporary = makeTemporaryFolder();
  const child = spawn(program, args, {
    cwd: repositoryRoot,
    stdio: ["ignore", take ? "pipe" : "inherit", take ? "pipe" : "inherit"],
    env: { ...process.env, ...step.env, TMPDIR: temporary },
    detached: true,
  });
  if (step.yields && child.pid) lowerPriority(child.pid);
  // The process group may have ended while its last output has not arrived yet.
  const forward = (signal: NodeJS.Signals) => void (child.pid && signalIfRunning(-child.pid, signal));
  for (const signal of endingSignals) process.on(signal, forward);
  for (const from of ["stdout", "stderr"] as const)
    child[from]?.setEncoding("utf8").on("data", (text: string) => take?.(text, from));
  try {
    return await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
  } finally {
    for (const signal of endingSignals) process.off(signal, forward);
    fs.rmSync(temporary, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

/**
 * Runs one step in this terminal.
 * @throws StepError if it does not exit with 0
 */
export async function runStep(step: TestStep): Promise<void> {
  const started = Date.now();
  process.stdout.write(`\n=== ${step.title}\n`);
  const code = await endOf(step);
  if (code !== 0) throw new StepError(step.title, code);
  process.stdout.write(`=== ${step.title}: ok (${duration(Date.now() - started)})\n`);
}

/**
 * Runs steps one after another and prints the output of each when it has ended.
 * @throws StepError of the first step that does not exit with 0
 */
export async function runQuietly(steps: readonly TestStep[]): Promise<void> {
  for (const step of steps) {
    const started = Date.now();
    let output = "";
    const code = await endOf(step, (text) => (output += text));
    const outcome = code === 0 ? "ok" : code === null ? "stopped" : "failed";
    process.stdout.write(`${output}=== ${step.title}: ${outcome} (${duration(Date.now() - started)})\n`);
    if (code !== 0) throw new StepError(step.title, code);
  }
}

/**
 * Runs one step in this terminal and the others beside it, one after another.
 * @throws StepError of a failed step, after both have ended
 */
export async function runBeside(others: readonly TestStep[], step: TestStep): Promise<void> {
  process.stdout.write(`\n=== Beside it: ${others.map(({ title }) => title).join(", ")}`);
  const outcomes = await Promise.allSettled([runQuietly(others), runStep(step)]);
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
}
