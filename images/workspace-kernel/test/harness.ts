import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Role } from "@nexus/contract";
import { createPool, migrate } from "@nexus/service";
import { buildBundle } from "@nexus/testkit/bundle";
import { expectConformance } from "@nexus/testkit/conformance";
import { captureLog } from "@nexus/testkit/log-capture";
import { openDatabase, type TestDatabase } from "@nexus/testkit/database";
import type { DatabaseSettings } from "@nexus/testkit/postgres";
import { remove } from "@nexus/testkit/server-process";
import { createTokenSigner } from "@nexus/testkit/tokens";
import { kernelEnv } from "../src/env";
import { buildKernel, type Kernel, type KernelOptions } from "../src/kernel";
import { kernelMigrations } from "../src/store/migrations";

export const KEY = "a-signing-key-of-the-kernel-tests-1234";

export interface TestKernel extends Kernel {
  readonly lines: Record<string, unknown>[];
  readonly text: () => string;
  readonly url: string;
  readonly end: () => Promise<void>;
}

/** Longer than most tests, because a thread in advance costs as much as the one that they use. */
const STANDBY_DELAY_MS = 10_000;

/** For tests of threads that are replaced. */
export const AS_IN_PRODUCTION: Partial<KernelOptions> = { standbyDelayMs: undefined };

/** A kernel "pod" that listens on a port of its own, with workers of the real bundle. */
export async function startKernel(
  bundle: string,
  settings: Partial<DatabaseSettings>,
  overrides: Record<string, string> = {},
  options: Partial<KernelOptions> = {},
): Promise<TestKernel> {
  const env = kernelEnv.parse({
    ...Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, String(value)])),
    JWT_SECRET_KEY: KEY,
    POD_NAME: `kernel-${randomUUID().slice(0, 8)}`,
    // Time in which something must end by itself, even on a busy machine.
    TIMEOUT_MS: "1000",
    WORKER_THREADS: "1",
    MIN_INSTANCES: "0",
    CACHE_DIR: join(bundle, "cache"),
    ...overrides,
  });
  const { log, lines, text } = captureLog("workspace-kernel");
  const kernel = await buildKernel({
    env,
    log,
    workerFile: join(bundle, "worker.js"),
    wasmFile: join(bundle, "quickjs.wasm"),
    standbyDelayMs: STANDBY_DELAY_MS,
    ...options,
  });
  const url = await kernel.app.listen({ host: "127.0.0.1", port: 0 });
  kernel.setUrl(url);
  const end = async () => {
    await kernel.panels.close();
    await kernel.app.close();
    await kernel.close();
  };
  return { ...kernel, lines, text, url, end };
}

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: Record<string, unknown>;
}

export type Client = ReturnType<typeof createClient>;

/** A database with the kernel's schema, and the bundle, for the tests of one file; on a separate server if asked. */
export async function startWorld(): Promise<World>;
export async function startWorld<Database extends TestDatabase>(
  open: () => Promise<Database>,
): Promise<World<Database>>;
export async function startWorld(open: () => Promise<TestDatabase> = openDatabase): Promise<World> {
  const [bundle, postgres] = await Promise.all([buildBundle("workspace-kernel"), open()]);
  const { log } = captureLog("workspace-kernel");
  const pool = createPool(postgres.settings, log);
  await migrate(pool, kernelMigrations, log);
  await pool.end();
  const running = new Set<TestKernel>();
  const end = async (kernel: TestKernel) => {
    running.delete(kernel);
    await kernel.end();
  };
  return {
    postgres,
    end,
    start: async (overrides = {}, options = {}) => {
      const kernel = await startKernel(bundle, postgres.settings, overrides, options);
      running.add(kernel);
      await kernel.holder.heartbeat();
      return kernel;
    },
    endAll: async () => {
      await Promise.all([...running].map(end));
      await postgres.query("truncate kernel.workspaces, kernel.pods, kernel.idempotency_keys cascade");
    },
    stop: async () => {
      await Promise.all([...running].map(end));
      await postgres.stop();
      await remove(bundle);
    },
  };
}

export interface World<Database extends TestDatabase = TestDatabase> {
  readonly postgres: Database;
  readonly start: (overrides?: Record<string, string>, options?: Partial<KernelOptions>) => Promise<TestKernel>;
  /** Ends a pod without releasing anything. */
  readonly end: (kernel: TestKernel) => Promise<void>;
  readonly endAll: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** At the next look-up of a workspace by `kernel`, `owner` gives everything up before `kernel` acts on what it read. */
export function drainAfterLookup(kernel: TestKernel, owner: TestKernel): void {
  const { workspaces } = kernel.stores;
  const find = workspaces.find.bind(workspaces);
  jest.spyOn(workspaces, "find").mockImplementationOnce(async (...args) => {
    const row = await find(...args);
    await owner.holder.drain();
    return row;
  });
}

/** Calls of one tenant. */
export function createClient(role: Role = "owner", tenantId: string = randomUUID(), seconds = 60) {
  const userId = randomUUID();
  const tokenFor = (lifetime: number, as = role) =>
    createTokenSigner(KEY, lifetime)({ userId, tenantId, role: as, email: "a@example.com" });
  const token = tokenFor(seconds);

  async function call(
    kernel: TestKernel,
    method: "GET" | "POST" | "PUT" | "DELETE",
    path: string,
    payload?: object,
    key?: string,
    ifMatch?: string,
  ): Promise<Answer> {
    return await request(kernel, method, `/api/v1/workspaces${path}`, payload, key, ifMatch);
  }

  async function request(
    kernel: TestKernel,
    method: "GET" | "POST" | "PUT" | "DELETE",
    url: string,
    payload?: object,
    key?: string,
    ifMatch?: string,
  ): Promise<Answer> {
    const headers = {
      authorization: `Bearer ${token}`,
      ...(key ? { "idempotency-key": key } : {}),
      ...(ifMatch ? { "if-match": ifMatch } : {}),
    };
    const response = await kernel.app.inject({ method, url, headers, payload });
    expectConformance(kernel.app, method, url, response);
    const isLines = response.headers["content-type"] === "application/x-ndjson";
    const body = isLines
      ? { lines: response.body.split("\n").slice(0, -1) }
      : response.body === ""
        ? {}
        : (response.json() as Record<string, unknown>);
    return { status: response.statusCode, headers: response.headers, body };
  }

  return {
    token,
    tokenFor,
    userId,
    tenantId,
    call,
    request,
    create: async (kernel: TestKernel, name = "demo") => String((await call(kernel, "POST", "", { name })).body.id),
    run: async (kernel: TestKernel, id: string, code: string, key?: string) =>
      (await call(kernel, "POST", `/${id}/execute`, { code }, key)).body,
  };
}

/** A host that answers when the test says so: code that calls it runs until then. */
export class HeldHost {
  /** How to start a kernel whose workspaces can call it. */
  readonly options = { gatewayOverrides: { resolve: () => this.take() } };
  readonly call = "await ext.http('http://held.test').catch(() => 0)";
  calls = 0;
  release: () => void = () => undefined;
  private begin: () => void = () => undefined;
  readonly called = new Promise<void>((resolve) => (this.begin = resolve));
  private readonly held = new Promise<void>((resolve) => (this.release = resolve));

  private async take(): Promise<readonly string[]> {
    this.calls += 1;
    this.begin();
    await this.held;
    return [];
  }

  async allowFor(caller: Client, pod: TestKernel): Promise<void> {
    await caller.request(pod, "PUT", "/api/v1/tenant-settings", { httpAllow: ["held.test"] });
  }
}
