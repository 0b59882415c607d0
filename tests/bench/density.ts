import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { repositoryRoot } from "@nexus/host";
import { jupyterKernels } from "./peers/jupyter";
import { inside, type Measured, processes } from "./processes";
import type { Result } from "./result";

const COUNTS = [50, 500];
const PEERS = 10;
const JUPYTERS = 5;

interface Peer extends Measured {
  readonly name: string;
  readonly memoryGoal?: number;
  readonly startGoal?: number;
}

async function measurePeers(directory: string): Promise<Peer[]> {
  const node = await processes(process.execPath, [path.join(__dirname, "peers", "node-process.cjs")], PEERS);
  const contexts = inside(path.join(__dirname, "peers", "contexts.cjs"), 50, directory);
  const jupyter = await jupyterKernels(JUPYTERS);
  return [
    { name: "a Node.js process each", ...node, startGoal: 0.1 },
    { name: "V8 contexts in one process", ...contexts },
    ...(jupyter ? [{ name: "a Jupyter kernel each", ...jupyter, memoryGoal: 0.02, startGoal: 0.01 }] : []),
  ];
}

/**
 * Memory and start of idle workspaces, against a process each, V8 contexts in one process, and Jupyter kernels.
 * @param createdMs median from the request for a workspace to its first durable result
 */
export async function benchDensity(createdMs: number): Promise<Result[]> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-bench-"));
  try {
    const bundle = path.join(directory, "bundle");
    execFileSync(process.execPath, [path.join(repositoryRoot, "images/workspace-kernel/build.mjs"), bundle]);
    const sandboxes = path.join(__dirname, "peers", "sandboxes.cjs");
    const ours = COUNTS.map((count) => ({ count, ...inside(sandboxes, count, bundle) }));
    const idle = ours.map(({ count, memoryMiB }): Result => ({
      what: `idle workspace, ${count} in one process`,
      value: memoryMiB,
      unit: "MiB",
      limit: 0.6,
    }));
    const { memoryMiB = Number.NaN, startMs = Number.NaN } = ours[0] ?? {};
    const compared = (await measurePeers(directory)).flatMap(({ name, ...peer }): Result[] => [
      { what: "memory", value: memoryMiB, unit: "MiB", peer: name, peerValue: peer.memoryMiB, goal: peer.memoryGoal },
      {
        what: "sandbox start to first result",
        value: startMs,
        unit: "ms",
        peer: name,
        peerValue: peer.startMs,
        goal: peer.startGoal,
      },
      {
        what: "create through the API to first result, durable",
        value: createdMs,
        unit: "ms",
        peer: name,
        peerValue: peer.startMs,
        goal: name.includes("Jupyter") ? 0.01 : undefined,
      },
    ]);
    return [...idle, ...compared];
  } finally {
    fs.rmSync(directory, { recursive: true });
  }
}
