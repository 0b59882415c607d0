import { spawn } from "node:child_process";

const KEPT_LINES = 30;

/** A program that failed: its name, how it ended, and the last lines that it printed. */
export class ProgramError extends Error {
  public constructor(
    program: string,
    public readonly exitCode: number | null,
    public readonly output: string,
  ) {
    super(`${program} failed (exit ${exitCode ?? "by signal"}):\n${output.split("\n").slice(-KEPT_LINES).join("\n")}`);
    this.name = "ProgramError";
  }
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Written to standard input, which is then closed. */
  readonly input?: string;
  /** Called with each line of output as it comes. */
  readonly onLine?: (line: string) => void;
  /** Ends the program after this time. */
  readonly timeoutMs?: number;
}

/**
 * Runs a program to its end and returns its standard output.
 * @throws ProgramError if it does not exit with 0
 */
export function runProgram(file: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      // spawn's own timer would keep this process alive if there is no such program.
      signal: options.timeoutMs === undefined ? undefined : AbortSignal.timeout(options.timeoutMs),
    });
    const name = `${file.split("/").pop() ?? file} ${args[0] ?? ""}`.trim();
    let standard = "";
    let both = "";
    let rest = "";
    const take = (chunk: string) => {
      both += chunk;
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      lines.forEach((line) => options.onLine?.(line));
    };
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      standard += chunk;
      take(chunk);
    });
    child.stderr.setEncoding("utf8").on("data", take);
    child.once("error", (error) => {
      const reason = error.name === "AbortError" ? `no end within ${(options.timeoutMs ?? 0) / 1000} s` : error.message;
      reject(new ProgramError(name, null, reason));
    });
    child.once("close", (code) => (code === 0 ? resolve(standard) : reject(new ProgramError(name, code, both.trim()))));
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");
  });
}
