import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import * as fs from "node:fs";
import { percentile, time } from "./result";

/** The cost of one workspace. */
export interface Measured {
  readonly memoryMiB: number;
  /** Median time until its first result. */
  readonly startMs: number;
}

/** Bytes of a single process; memory that processes share, such as the program itself, is divided among them. */
export function memoryOf(pid: number): number {
  const rollup = fs.readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) * 1024;
}

export function childrenOf(parent: number): number[] {
  const pids = fs.readdirSync("/proc").map(Number).filter(Number.isInteger);
  return pids.filter((pid) => {
    try {
      // The name in parentheses may contain any character.
      const [, after = ""] = /\) \S (\d+)/.exec(fs.readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
      return Number(after) === parent;
    } catch {
      return false;
    }
  });
}

/** Starts a program and resolves when it prints its first line. */
function startPeer(program: string, args: readonly string[]): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "ignore"] });
    child.stdout.once("data", () => resolve(child));
    child.once("error", reject);
    child.once("exit", () => reject(new Error(`${program} ended before it was ready`)));
  });
}

/** A separate process for each workspace, with a state and a first result. */
export async function processes(program: string, args: readonly string[], count: number): Promise<Measured> {
  const children: ChildProcess[] = [];
  const starts: number[] = [];
  try {
    for (let index = 0; index < count; index += 1) {
      starts.push(
        await time(async () => {
          children.push(await startPeer(program, args));
        }),
      );
    }
    const bytes = children.reduce((sum, { pid }) => sum + (pid ? memoryOf(pid) : 0), 0);
    return { memoryMiB: bytes / count / 2 ** 20, startMs: percentile(starts, 50) };
  } finally {
    for (const child of children) {
      child.removeAllListeners("exit");
      child.kill("SIGKILL");
    }
  }
}

/** Runs a program that prints `{ memoryMiB, startMs }` of workspaces inside one process. */
export function inside(script: string, count: number, cwd: string): Measured {
  const args = ["--expose-gc", script, String(count)];
  return JSON.parse(execFileSync(process.execPath, args, { cwd, encoding: "utf8" })) as Measured;
}
