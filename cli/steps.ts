import { spawn } from "node:child_process";
import { duration } from "../local/progress";
import { repositoryRoot } from "../local/platform/layout";

export interface TestStep {
  readonly title: string;
  readonly command: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
}

/** A step of check or test that failed. */
export class StepError extends Error {
  public constructor(title: string, code: number | null) {
    super(`${title} failed (exit ${code ?? "by signal"}); its messages are above.`);
    this.name = "StepError";
  }
}

/**
 * Runs one step in this terminal.
 * @throws StepError when it does not exit with 0
 */
export async function runStep(step: TestStep): Promise<void> {
  const started = Date.now();
  process.stdout.write(`\n=== ${step.title}\n`);
  const [program, ...args] = step.command;
  const child = spawn(program, args, {
    cwd: repositoryRoot,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...step.env },
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", resolve);
  });
  if (code !== 0) throw new StepError(step.title, code);
  process.stdout.write(`=== ${step.title}: ok (${duration(Date.now() - started)})\n`);
}
