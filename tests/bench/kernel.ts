import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { createAuthentication, createPool, migrate } from "@nexus/service";
import { startPostgres } from "@nexus/testkit/postgres";
import { repositoryRoot } from "@nexus/host";
import { createTokenSigner } from "@nexus/testkit/tokens";
import { kernelEnv } from "../../images/workspace-kernel/src/env";
import { repeat } from "../../images/workspace-kernel/src/heartbeat";
import { buildKernel, type Kernel } from "../../images/workspace-kernel/src/kernel";
import { kernelMigrations } from "../../images/workspace-kernel/src/store/migrations";
import { type Answer, type Bench, create, discardedLog } from "./bench";
import { benchCreation } from "./creation";
import { benchExecutions } from "./executions";
import { benchHttp } from "./http";
import { quantiles, type Result, time } from "./result";
import { benchSockets } from "./sockets";

const KEY = "a-signing-key-of-the-benchmarks-0123456789";
/** Number of objects in the heap, and the text of the table's row. */
const HEAPS = [
  { objects: 0, label: "fresh heap" },
  { objects: 10_000, label: "2.3 MiB of objects with closures" },
  { objects: 20_000, label: "4.5 MiB of objects with closures" },
  { objects: 100_000, label: "22 MiB of objects with closures" },
];

/** The kernel through its API, with a PostgreSQL of its own that waits for the disk as in production. */
export async function benchKernel(): Promise<{ readonly results: Result[]; readonly createdMs: number }> {
  const bundle = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-bench-"));
  execFileSync(process.execPath, [path.join(repositoryRoot, "images/workspace-kernel/build.mjs"), bundle]);
  const postgres = await startPostgres({ durable: true });
  const log = discardedLog();
  const pool = createPool(postgres.settings, log);
  await migrate(pool, kernelMigrations, log);
  await pool.end();
  const settings = Object.fromEntries(Object.entries(postgres.settings).map(([key, value]) => [key, String(value)]));
  const principal = { userId: id(1), tenantId: id(2), role: "owner", email: "" } as const;
  const token = createTokenSigner(KEY, 3600)(principal);
  const authorization = `Bearer ${token}`;
  let pods = 0;
  const bench: Bench = {
    token,
    start: async (overrides = {}, prepare = () => undefined) => {
      const env = kernelEnv.parse({
        ...settings,
        JWT_SECRET_KEY: KEY,
        POD_NAME: `bench-${pods++}`,
        MAX_WORKSPACES_PER_POD: "1000",
        MAX_INSTANCES: "1000",
        CACHE_DIR: path.join(bundle, "cache"),
        ...overrides,
      });
      const files = { workerFile: path.join(bundle, "worker.js"), wasmFile: path.join(bundle, "quickjs.wasm") };
      const kernel = await buildKernel({ env, log, ...files });
      prepare(kernel, createAuthentication(env, log).authenticate);
      const heartbeat = repeat("heartbeat", env.LEASE_MS / 3, () => kernel.holder.heartbeat(), log);
      const close = async () => {
        await heartbeat.stop();
        await kernel.panels.close();
        await kernel.app.close();
        await kernel.close();
      };
      return { ...kernel, close };
    },
    call: async (kernel, method, at, payload) => {
      const url = `/api/v1/workspaces${at}`;
      const response = await kernel.app.inject({ method, url, headers: { authorization }, payload });
      if (response.statusCode >= 300) throw new Error(`${method} ${url}: ${response.statusCode} ${response.body}`);
      return response.json<Answer>();
    },
  };
  try {
    const kernel = await bench.start({ MIN_INSTANCES: "8" });
    const creations = await benchCreation(bench, kernel, postgres.settings);
    const executions = await benchExecutions(bench, kernel, postgres.settings);
    const heaps = await benchHeaps(bench, kernel);
    const sockets = await benchSockets(bench, kernel);
    await kernel.close();
    const http = await benchHttp(bench);
    return {
      results: [...creations.results, ...executions, ...heaps, ...sockets, ...http],
      createdMs: creations.createdMs,
    };
  } finally {
    await postgres.stop();
    fs.rmSync(bundle, { recursive: true });
  }
}

function id(n: number): string {
  return `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
}

/** Snapshot on request, and resume: the first answer of a second pod, which loads the heap from the database. */
async function benchHeaps(bench: Bench, kernel: Kernel): Promise<Result[]> {
  const results: Result[] = [];
  for (const { objects, label } of HEAPS) {
    const code = `const rows = Array.from({ length: ${objects} }, (_, i) => ({ i, f: () => i })); rows.length`;
    const one = await create(bench, kernel);
    await bench.call(kernel, "POST", `/${one}/execute`, { code });
    const snapshot = await bench.call(kernel, "POST", `/${one}/snapshots`, { name: "s" });
    const snapshots: number[] = [];
    const resumes: number[] = [];
    for (let round = 0; round < 10; round += 1) {
      snapshots.push(await time(() => bench.call(kernel, "POST", `/${one}/snapshots`, { name: `s${round}` })));
      kernel.holder.reload(one);
      resumes.push(await time(() => bench.call(kernel, "POST", `/${one}/execute`, { code: "rows.length" })));
    }
    const packed = `${label}, ${(Number(snapshot.sizeBytes) / 1024).toFixed(0)} KiB packed`;
    results.push(...quantiles(`snapshot: ${packed}`, snapshots, {}));
    results.push(...quantiles(`resume and first answer: ${packed}`, resumes, objects === 10_000 ? { p95: 50 } : {}));
  }
  return results;
}
