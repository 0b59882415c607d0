import { execFileSync, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { SandboxPool } from "../../images/workspace-kernel/src/sandbox/pool";
import { repositoryRoot } from "../../local/platform/layout";
import { median, type Result } from "./result";

const WORKSPACES = 50;
const EXECUTIONS = 2000;

async function time(work: () => Promise<unknown>): Promise<number> {
  const started = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - started) / 1e6;
}

/** From the start of a Node.js process to its first line: the cheapest sandbox of the other kind. */
function nodeProcess(): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["-e", "console.log(1 + 1)"], { stdio: ["ignore", "pipe", "ignore"] });
    child.stdout.once("data", () => resolve());
    child.once("error", reject);
  });
}

/** A workspace from nothing to its first result against a Node.js process; and a small execution with 50 workspaces. */
export async function benchSandbox(): Promise<Result[]> {
  const bundle = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-bench-"));
  execFileSync(process.execPath, [path.join(repositoryRoot, "images/workspace-kernel/build.mjs"), bundle]);
  const pool = await SandboxPool.create({
    workerFile: path.join(bundle, "worker.js"),
    wasmFile: path.join(bundle, "quickjs.wasm"),
    workers: 2,
    limits: { memoryBytes: 32 * 1024 * 1024, timeoutMs: 5000 },
  });
  const fresh = { segments: [], memoryBytes: 0, data: { state: {}, panels: {}, streamSeq: 0 } };
  const run = async (id: string, code: string) =>
    await pool.run(id, { kind: "cell", code }, pool.isLoaded(id) ? undefined : fresh);
  try {
    await run("warm", "1");
    const creations: number[] = [];
    const processes: number[] = [];
    for (let index = 0; index < WORKSPACES; index++) {
      creations.push(await time(() => run(`w${index}`, "1 + 1")));
      if (index % 5 === 0) processes.push(await time(nodeProcess));
    }
    const executions: number[] = [];
    for (let index = 0; index < EXECUTIONS; index++)
      executions.push(await time(() => run(`w${index % WORKSPACES}`, "1 + 1")));
    return [
      {
        ...{ what: "workspace: created and first result", value: median(creations), unit: "ms" },
        ...{ peer: "node process", peerValue: median(processes), goal: 0.1 },
      },
      { what: `execute 1 + 1, ${WORKSPACES} workspaces`, value: median(executions), unit: "ms" },
    ];
  } finally {
    await pool.close();
    fs.rmSync(bundle, { recursive: true });
  }
}
