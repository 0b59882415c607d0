import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { repositoryRoot, TYPESCRIPT_ARGUMENTS } from "@nexus/host";

export interface CommandRun {
  readonly env?: NodeJS.ProcessEnv;
  /** Arguments of Node.js before those that let it run TypeScript. */
  readonly before?: readonly string[];
  /** Where the output goes; a pipe is read to its end. */
  readonly stdout?: number | "pipe";
  readonly stderr?: number | "pipe";
}

const textOf = (stream: Readable | null) => (stream ? text(stream) : "");

/** Runs the command line, or another TypeScript program, and returns how it ended. */
export async function runCommandLine(args: readonly string[], run: CommandRun = {}, program = "cli/main.ts") {
  const { before = [], env, stdout = "pipe", stderr = "pipe" } = run;
  const child = spawn(process.execPath, [...before, ...TYPESCRIPT_ARGUMENTS, program, ...args], {
    cwd: repositoryRoot,
    env: { ...process.env, ...env },
    stdio: ["ignore", stdout, stderr],
  });
  const ended = once(child, "close") as Promise<[number | null]>;
  const [output, errors, [code]] = await Promise.all([textOf(child.stdout), textOf(child.stderr), ended]);
  return { output, errors, code };
}
