import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { buildBundle } from "@nexus/testkit/bundle";
import { startPostgres, type TestPostgres } from "@nexus/testkit/postgres";
import { end, freePort, remove, waitFor } from "@nexus/testkit/server-process";
import { createTokenSigner } from "@nexus/testkit/tokens";
import { percentile, type Result } from "./result";

const KEY = "a-signing-key-of-the-benchmarks-0123456789";
const SECONDS = 15;
/** Workspaces of one attacking tenant. */
const LOOPS = 20;
const PAUSE_MS = 50;
const GOAL_MS = 2000;
const START_MS = 60_000;
/** Whoever has no answer by then counts as failed. */
const PATIENCE_MS = 30_000;

/** Loops inside of the engine, which looks at no clock in them. */
const UNINTERRUPTIBLE = ["includes", "reverse", "lastIndexOf", "join", "copyWithin", "concat", "slice", "fill"].map(
  (method) =>
    method === "concat"
      ? "[].concat(Object.defineProperty({ length: 2 ** 53 - 1 }, Symbol.isConcatSpreadable, { value: true }))"
      : `[].${method}.call({ length: 2 ** 53 - 1 }, 1)`,
);

interface Pods {
  readonly urls: readonly string[];
  readonly stop: () => Promise<void>;
}

interface Answer {
  readonly ms: number;
  /** What went wrong: an error code of the service or of the execution. */
  readonly failed: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Kernel processes as their image runs them, on a database of their own. */
async function startPods(bundle: string, postgres: TestPostgres, count: number): Promise<Pods> {
  await postgres.query("truncate kernel.workspaces, kernel.pods, kernel.idempotency_keys cascade");
  const database = Object.fromEntries(Object.entries(postgres.settings).map(([key, value]) => [key, String(value)]));
  const ports = await Promise.all(Array.from({ length: count }, freePort));
  const children = await Promise.all(
    ports.map(async (port, index) => {
      const env = { HTTP_PORT: String(port), WS_PORT: "0", HTTP_HOST: "127.0.0.1", POD_NAME: `pod-${index}` };
      return spawn(process.execPath, [path.join(bundle, "server.js")], {
        env: { ...database, JWT_SECRET_KEY: KEY, CACHE_DIR: path.join(bundle, "cache"), LOG_LEVEL: "error", ...env },
        stdio: "ignore",
      });
    }),
  );
  const urls = ports.map((port) => `http://127.0.0.1:${port}`);
  const stop = async () => void (await Promise.all(children.map((child) => end(child, "SIGKILL"))));
  try {
    for (const url of urls) await waitFor("a pod is ready", () => checkReady(url), START_MS);
  } catch (error) {
    await stop();
    throw error;
  }
  return { urls, stop };
}

async function checkReady(url: string): Promise<void> {
  if (!(await fetch(`${url}/ready`)).ok) throw new Error(`${url} is not ready`);
}

/** One tenant, whose requests go to the pods in turn. */
class Tenant {
  private readonly token = createTokenSigner(
    KEY,
    3600,
  )({
    userId: randomUUID(),
    tenantId: randomUUID(),
    role: "owner",
    email: "",
  });
  private turn = 0;

  constructor(private readonly urls: readonly string[]) {}

  async send(method: string, at: string, payload?: object): Promise<Answer> {
    const url = `${this.urls[this.turn++ % this.urls.length]}/api/v1/workspaces${at}`;
    const headers = { authorization: `Bearer ${this.token}`, ...(payload && { "content-type": "application/json" }) };
    const startedAt = performance.now();
    try {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      const response = await fetch(url, { method, headers, signal, body: payload && JSON.stringify(payload) });
      const text = await response.text();
      const body = (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>;
      const { code } = (response.ok ? (body.error ?? {}) : body) as { code?: string };
      return { ms: performance.now() - startedAt, failed: code, body };
    } catch (error) {
      return { ms: performance.now() - startedAt, failed: error instanceof Error ? error.name : "", body: {} };
    }
  }

  /** Takes an answer, and looks at nothing in it. */
  async download(at: string): Promise<void> {
    const url = `${this.urls[this.turn++ % this.urls.length]}/api/v1/workspaces${at}`;
    const response = await fetch(url, { headers: { authorization: `Bearer ${this.token}` } }).catch(() => undefined);
    await response?.arrayBuffer().catch(() => undefined);
  }

  async create(): Promise<string> {
    const { body, failed } = await this.send("POST", "", { name: "bench" });
    if (failed) throw new Error(`a workspace could not be made: ${failed}`);
    return String(body.id);
  }

  run(id: string, code: string): Promise<Answer> {
    return this.send("POST", `/${id}/execute`, { code });
  }
}

/** Rows: how many requests there were, which of them failed, and how long they took. */
function rows(what: string, answers: readonly Answer[]): Result[] {
  const failed = answers.filter((answer) => answer.failed !== undefined);
  const reasons = new Map<string, number>();
  for (const { failed: reason = "" } of failed) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  const why = [...reasons].map(([reason, count]) => `${count} ${reason}`).join(", ");
  const times = answers.map(({ ms }) => ms);
  return [
    { what: `${what}: failed of ${answers.length}${why && ` (${why})`}`, value: failed.length, unit: "runs", limit: 0 },
    ...[50, 99, 100].map((percent) => ({
      what: `${what}, ${percent === 100 ? "max" : `p${percent}`}`,
      value: percentile(times, percent),
      unit: "ms" as const,
      ...(percent === 99 && { limit: GOAL_MS }),
    })),
  ];
}

/** What an attacking tenant does again and again, once it has made what it needs for that. */
type Attack = (tenant: Tenant, loop: number) => Promise<() => Promise<unknown>>;

const running =
  (codeOf: (loop: number) => string): Attack =>
  async (tenant, loop) => {
    const id = await tenant.create();
    return () => tenant.run(id, codeOf(loop));
  };

/** As much code as a document holds, in names that are not declared. */
const LARGE_DOCUMENT = `// nexus-document: 1\n${Array.from({ length: 690 }, (_, cell) => {
  const names = Array.from({ length: 1000 }, (_, name) => `${(name + 10 * 36 ** 2).toString(36)}++`);
  return `// %%\n// ${cell}\n${names.join(";")}\n`;
}).join("")}`;

/** Reads a large document and its graph. */
const reads: Attack = async (tenant, loop) => {
  const id = await tenant.create();
  const { failed } = await tenant.send("PUT", `/${id}/document/file`, { file: LARGE_DOCUMENT });
  if (failed) throw new Error(failed);
  return () => tenant.download(`/${id}/document${loop % 2 === 0 ? "" : "/graph"}`);
};

/** Tenants that attack without a pause, and one that runs a little at the same time. */
async function attack(pods: Pods, what: string, attackers: number, begin: Attack) {
  const victim = new Tenant(pods.urls);
  const own = [await victim.create(), await victim.create(), await victim.create()];
  for (const id of own) await victim.run(id, "var n = 0");
  const abort = { over: false };
  const loops = Array.from({ length: attackers }, () => new Tenant(pods.urls)).flatMap((tenant) =>
    Array.from({ length: LOOPS }, async (_, loop) => {
      let again: (() => Promise<unknown>) | undefined;
      while (!abort.over) {
        again ??= await begin(tenant, loop).catch(() => undefined);
        await (again?.() ?? sleep(PAUSE_MS));
      }
    }),
  );
  const answers: Answer[] = [];
  const runs = own.map(async (id) => {
    for (const until = performance.now() + SECONDS * 1000; performance.now() < until; await sleep(PAUSE_MS))
      answers.push(await victim.run(id, "n += 1"));
  });
  // A newcomer begins while the attack goes on.
  await sleep(2000);
  const newcomer = new Tenant(pods.urls);
  const first: Answer[] = [];
  for (let count = 0; count < 10; count += 1) {
    const made = await newcomer.send("POST", "", { name: "new" });
    first.push(made);
    if (!made.failed) first.push(await newcomer.run(String(made.body.id), "1 + 1"));
  }
  await Promise.all(runs);
  abort.over = true;
  void Promise.all(loops);
  return [...rows(`${what}, runs of another tenant`, answers), ...rows(`${what}, a newcomer`, first)];
}

/** Stop and delete of workspaces that loop, with requests waiting in each of them. */
async function stopping(pods: Pods): Promise<Result[]> {
  const tenant = new Tenant(pods.urls);
  const answers = await Promise.all(
    Array.from({ length: LOOPS }, async (_, loop) => {
      const id = await tenant.create();
      for (let waiting = 0; waiting < 16; waiting += 1) void tenant.run(id, UNINTERRUPTIBLE[0] ?? "");
      await sleep(1000);
      return await (loop % 2 === 0 ? tenant.send("POST", `/${id}/stop`, {}) : tenant.send("DELETE", `/${id}`));
    }),
  );
  return rows(`stop and delete of ${LOOPS} looping workspaces with full queues`, answers);
}

/** More workspaces than places, used in turn. */
async function roundRobin(pods: Pods): Promise<Result[]> {
  const tenants = Array.from({ length: 50 }, () => new Tenant(pods.urls));
  const made: Answer[] = [];
  const ids = await Promise.all(
    tenants.map(async (tenant) => {
      const own: string[] = [];
      for (let tries = 0; own.length < 10 && tries < 100; tries += 1) {
        const answer = await tenant.send("POST", "", { name: "bench" });
        made.push(answer);
        if (answer.failed) await sleep(PAUSE_MS);
        else own.push(String(answer.body.id));
      }
      return own;
    }),
  );
  const answers: Answer[] = [];
  await Promise.all(
    tenants.map(async (tenant, index) => {
      const until = performance.now() + SECONDS * 1000;
      const own = Math.max(1, ids[index]?.length ?? 0);
      for (let turn = 0; performance.now() < until; turn += 1)
        answers.push(await tenant.run(ids[index]?.[turn % own] ?? "", "globalThis.n = (globalThis.n ?? 0) + 1"));
    }),
  );
  const what = "500 workspaces of 50 tenants on 2 pods of 50 places";
  return [...rows(`${what}, made`, made), ...rows(`${what}, used in turn`, answers)];
}

/** What tenants that attack cost the others; two pods as they run by default, in processes of their own. */
export async function benchHostile(): Promise<Result[]> {
  const [bundle, postgres] = [await buildBundle("workspace-kernel"), await startPostgres()];
  const scenarios: readonly ((pods: Pods) => Promise<Result[]>)[] = [
    (pods) =>
      attack(
        pods,
        "nobody attacks",
        0,
        running(() => ""),
      ),
    (pods) =>
      attack(
        pods,
        `${LOOPS} loops of one tenant`,
        1,
        running(() => "for (;;);"),
      ),
    (pods) =>
      attack(
        pods,
        `${LOOPS} uninterruptible loops of one tenant`,
        1,
        running(() => UNINTERRUPTIBLE[0] ?? ""),
      ),
    (pods) =>
      attack(
        pods,
        `${LOOPS} uninterruptible loops of each of 8 tenants`,
        8,
        running((loop) => UNINTERRUPTIBLE[loop % UNINTERRUPTIBLE.length] ?? ""),
      ),
    (pods) => attack(pods, `${LOOPS} readers of large documents of one tenant`, 1, reads),
    (pods) => attack(pods, `${LOOPS} readers of large documents of each of 8 tenants`, 8, reads),
    stopping,
    roundRobin,
  ];
  const results: Result[] = [];
  try {
    const migration = spawn(process.execPath, [path.join(bundle, "migrate.js")], {
      env: Object.fromEntries(Object.entries(postgres.settings).map(([key, value]) => [key, String(value)])),
    });
    await new Promise((resolve) => migration.once("exit", resolve));
    for (const scenario of scenarios) {
      const pods = await startPods(bundle, postgres, 2);
      try {
        const made = await scenario(pods);
        for (const { what, value, unit } of made) process.stderr.write(`${what}: ${value.toFixed(1)} ${unit}\n`);
        results.push(...made);
      } finally {
        await pods.stop();
      }
    }
    return results;
  } finally {
    await postgres.stop();
    await remove(bundle);
  }
}
