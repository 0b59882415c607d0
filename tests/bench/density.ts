import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { repositoryRoot } from "../../local/platform/layout";
import { percentile, type Result, time } from "./result";

const COUNTS = [50, 500];
const PEERS = 10;

/** Bytes that a process alone takes: what it shares with others, such as the program itself, is divided among them. */
function memoryOf(pid: number): number {
  const rollup = fs.readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) * 1024;
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

interface Measured {
  readonly memoryMiB: number;
  readonly startMs: number;
}

/** A process of its own for each workspace, with a state and a first result. */
async function processes(program: string, args: readonly string[], count: number): Promise<Measured> {
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
function inside(script: string, count: number, cwd: string): Measured {
  const args = ["--expose-gc", script, String(count)];
  return JSON.parse(execFileSync(process.execPath, args, { cwd, encoding: "utf8" })) as Measured;
}

/** A Python with ipykernel, made once for all clones of a user; undefined where it cannot be had. */
function jupyterPython(): string | undefined {
  const cache = process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), ".cache");
  const venv = path.join(cache, "nexus", "bench-jupyter-1");
  const python = path.join(venv, "bin", "python");
  const done = path.join(venv, "complete");
  if (fs.existsSync(done)) return python;
  try {
    process.stderr.write("Installing the Jupyter peer once (ipykernel, jupyter_client)\n");
    execFileSync("python3", ["-m", "venv", venv], { stdio: "ignore" });
    const packages = ["ipykernel==6.29.5", "jupyter_client==8.6.3"];
    execFileSync(python, ["-m", "pip", "install", "--quiet", ...packages], { stdio: "ignore" });
    fs.writeFileSync(done, "");
    return python;
  } catch (error) {
    process.stderr.write(`No Jupyter peer: ${error instanceof Error ? error.message : String(error)}\n`);
    return undefined;
  }
}

/** Memory and start of idle workspaces, against a process each, V8 contexts in one process, and Jupyter kernels. */
export async function benchDensity(): Promise<Result[]> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-bench-"));
  try {
    const bundle = path.join(directory, "bundle");
    execFileSync(process.execPath, [path.join(repositoryRoot, "images/workspace-kernel/build.mjs"), bundle]);
    const sandboxes = path.join(__dirname, "peers", "sandboxes.cjs");
    const ours = new Map(COUNTS.map((count) => [count, inside(sandboxes, count, bundle)]));
    const node = await processes(process.execPath, [path.join(__dirname, "peers", "node-process.cjs")], PEERS);
    const contexts = inside(path.join(__dirname, "peers", "contexts.cjs"), 50, directory);
    const python = jupyterPython();
    const jupyter = python ? await processes(python, [path.join(__dirname, "peers", "jupyter.py")], 5) : undefined;
    const peers: [string, Measured, number?][] = [
      ["a Node.js process each", node, 0.1],
      ["V8 contexts in one process", contexts],
      ...(jupyter ? [["a Jupyter kernel each", jupyter, 0.02] as [string, Measured, number]] : []),
    ];
    const results: Result[] = [];
    for (const [count, { memoryMiB }] of ours)
      results.push({ what: `idle workspace, ${count} in one process`, value: memoryMiB, unit: "MiB", limit: 0.6 });
    const { memoryMiB, startMs } = ours.get(50) ?? { memoryMiB: 0, startMs: 0 };
    for (const [peer, measured, goal] of peers) {
      results.push({ what: "memory", value: memoryMiB, unit: "MiB", peer, peerValue: measured.memoryMiB, goal });
      const startGoal = peer.includes("Jupyter") ? 0.01 : goal;
      const what = "start to first result";
      results.push({ what, value: startMs, unit: "ms", peer, peerValue: measured.startMs, goal: startGoal });
    }
    return results;
  } finally {
    fs.rmSync(directory, { recursive: true });
  }
}
