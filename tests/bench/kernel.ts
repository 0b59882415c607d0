import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { createLogger, createPool, createTokenSigner, migrate } from "../../images/service/src";
import { startPostgres } from "../../images/service/test-support/postgres";
import { kernelEnv } from "../../images/workspace-kernel/src/env";
import { buildKernel, type Kernel } from "../../images/workspace-kernel/src/kernel";
import { kernelMigrations } from "../../images/workspace-kernel/src/store/migrations";
import { repositoryRoot } from "../../local/platform/layout";
import { percentile, type Result, time } from "./result";

const KEY = "a-signing-key-of-the-benchmarks-0123456789";
const WORKSPACES = 50;
const EXECUTIONS = 1000;
/** Objects in the heap, and what the row of the table says. */
const HEAPS = [
  { objects: 0, label: "fresh heap" },
  { objects: 20_000, label: "20,000 objects with closures" },
  { objects: 100_000, label: "100,000 objects with closures" },
];

interface Bench {
  readonly call: (kernel: Kernel, method: "POST" | "PUT", path: string, payload?: object) => Promise<Answer>;
  readonly start: (overrides?: Record<string, string>) => Promise<Kernel>;
}

type Answer = Readonly<Record<string, unknown>>;

/** The kernel as the API sees it, on a PostgreSQL of its own that waits for the disk as a real one does. */
export async function benchKernel(): Promise<Result[]> {
  const bundle = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-bench-"));
  execFileSync(process.execPath, [path.join(repositoryRoot, "images/workspace-kernel/build.mjs"), bundle]);
  const postgres = await startPostgres();
  const log = createLogger({ service: "bench", level: "error" });
  const pool = createPool(postgres.settings, log);
  await migrate(pool, kernelMigrations, log);
  await pool.end();
  await postgres.query("alter system set fsync = on");
  await postgres.query("alter system set synchronous_commit = on");
  await postgres.query("select pg_reload_conf()");
  const settings = Object.fromEntries(Object.entries(postgres.settings).map(([key, value]) => [key, String(value)]));
  const principal = { userId: id(1), tenantId: id(2), role: "owner", email: "" } as const;
  const authorization = `Bearer ${createTokenSigner(KEY, 3600)(principal)}`;
  let pods = 0;
  const bench: Bench = {
    start: async (overrides = {}) => {
      const env = kernelEnv.parse({
        ...settings,
        ...{ JWT_SECRET_KEY: KEY, POD_NAME: `bench-${pods++}`, MAX_WORKSPACES_PER_POD: "1000", MAX_INSTANCES: "1000" },
        ...{ CACHE_DIR: path.join(bundle, "cache"), ...overrides },
      });
      const files = { workerFile: path.join(bundle, "worker.js"), wasmFile: path.join(bundle, "quickjs.wasm") };
      return await buildKernel({ env, log, ...files });
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
    const executions = await benchExecutions(bench, kernel);
    const heaps = await benchHeaps(bench, kernel);
    await kernel.close();
    return [...executions, ...heaps];
  } finally {
    await postgres.stop();
    fs.rmSync(bundle, { recursive: true });
  }
}

function id(n: number): string {
  return `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
}

async function create(bench: Bench, kernel: Kernel): Promise<string> {
  return String((await bench.call(kernel, "POST", "", { name: "bench" })).id);
}

async function benchExecutions(bench: Bench, kernel: Kernel): Promise<Result[]> {
  // The first calls of a process compile code, which is not what is measured.
  const warm = await create(bench, kernel);
  for (let index = 0; index < 20; index += 1) {
    await create(bench, kernel);
    await bench.call(kernel, "POST", `/${warm}/execute`, { code: "1 + 1" });
  }
  const ids: string[] = [];
  const creations: number[] = [];
  const first: number[] = [];
  for (let index = 0; index < WORKSPACES; index += 1) {
    creations.push(
      await time(async () => {
        ids.push(await create(bench, kernel));
      }),
    );
    first.push(await time(() => bench.call(kernel, "POST", `/${ids.at(-1)}/execute`, { code: "let n = 0" })));
  }
  for (const one of ids) await bench.call(kernel, "PUT", `/${one}/handlers/up`, { code: "n += input; return n" });
  const cells: number[] = [];
  const handlers: number[] = [];
  const inside: number[] = [];
  for (let index = 0; index < EXECUTIONS; index += 1) {
    const one = ids[index % WORKSPACES];
    handlers.push(
      await time(async () => {
        const { durationMs } = await bench.call(kernel, "POST", `/${one}/handlers/up/invoke`, { input: 1 });
        inside.push(Number(durationMs));
      }),
    );
    if (index % 4 === 0) cells.push(await time(() => bench.call(kernel, "POST", `/${one}/execute`, { code: "1 + 1" })));
  }
  const together = await time(() =>
    Promise.all(ids.map((one) => bench.call(kernel, "POST", `/${one}/handlers/up/invoke`, { input: 1 }))),
  );
  return [
    ...quantiles("create a workspace, durable", creations, { p99: 5 }),
    ...quantiles("first execution of a workspace, durable", first, { p99: 25 }),
    ...quantiles(`handler, inside the sandbox, ${WORKSPACES} workspaces`, inside, { p50: 0.3, p99: 5 }),
    ...quantiles(`handler, acknowledged durable, ${WORKSPACES} workspaces`, handlers, { p50: 5, p99: 25 }),
    ...quantiles("cell 1 + 1, acknowledged durable", cells, {}),
    { what: `${WORKSPACES} handlers at once, all durable`, value: together, unit: "ms" },
  ];
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
    results.push(...quantiles(`resume and first answer: ${packed}`, resumes, objects === 20_000 ? { p95: 50 } : {}));
  }
  return results;
}

type Goals = Partial<Record<"p50" | "p95" | "p99", number>>;

function quantiles(what: string, times: readonly number[], goals: Goals): Result[] {
  const wanted = new Set<"p50" | "p95" | "p99">(["p50", ...(Object.keys(goals) as (keyof Goals)[])]);
  if (times.length >= 50) wanted.add("p99");
  return [...wanted].map((quantile) => {
    const value = percentile(times, Number(quantile.slice(1)));
    const limit = goals[quantile];
    return { what: `${what}, ${quantile}`, value, unit: "ms" as const, ...(limit === undefined ? {} : { limit }) };
  });
}
