import {
  type App,
  authenticateAnyone,
  createApp,
  createAuthenticate,
  createDatabase,
  createPool,
  createRegistry,
  createSchemaCheck,
  createTokenVerifier,
  jwtKeys,
  type Logger,
  type ReadinessCheck,
} from "@nexus/service";
import type { Pool } from "pg";
import type { KernelEnv } from "./env";
import { SERVICE } from "./service-name";
import { createKernelMetrics, registerKernelGauges } from "./metrics";
import { WorkspaceHolder } from "./ownership/holder";
import { WorkspaceRouter } from "./ownership/router";
import { PanelServer } from "./panels";
import { registerWorkspaceRoutes } from "./routes/workspaces";
import { SandboxPool } from "./sandbox/pool";
import { kernelMigrations } from "./store/migrations";
import { PodStore } from "./store/pod-store";
import type { KernelTables } from "./store/tables";
import { WorkspaceStore } from "./store/workspace-store";

export interface KernelOptions {
  readonly env: KernelEnv;
  readonly log: Logger;
  readonly workerFile: string;
  readonly wasmFile: string;
  /** Further checks of /ready. */
  readonly readiness?: Readonly<Record<string, ReadinessCheck>>;
}

/** The kernel's parts, wired; nothing listens yet. */
export interface Kernel {
  readonly app: App;
  readonly panels: PanelServer;
  readonly database: Pool;
  readonly holder: WorkspaceHolder;
  /** Where other pods reach this one; set it before the first request when the port was chosen by the system. */
  readonly setUrl: (url: string) => void;
  readonly close: () => Promise<void>;
}

export async function buildKernel({ env, log, workerFile, wasmFile, readiness }: KernelOptions): Promise<Kernel> {
  const registry = createRegistry(SERVICE);
  const metrics = createKernelMetrics(registry);
  const database = createPool(env, log);
  const db = createDatabase<KernelTables>(database);
  const self = { pod: env.POD_NAME, url: `http://${env.POD_IP}:${env.HTTP_PORT}`, leaseMs: env.LEASE_MS };
  const workspaces = new WorkspaceStore(db, self);
  const pods = new PodStore(db, self);
  const pool = await SandboxPool.create({
    workerFile,
    wasmFile,
    workers: env.WORKER_THREADS,
    limits: { memoryBytes: env.MEMORY_LIMIT_MB * 1024 * 1024, timeoutMs: env.TIMEOUT_MS },
    onWorkerReplaced: (reason, lostWorkspaces) => {
      metrics.workerRestarts.inc({ reason });
      log.warn({ reason, lostWorkspaces }, "sandbox worker replaced");
    },
  });
  const holder = new WorkspaceHolder({
    workspaces,
    pods,
    pool,
    log,
    capacity: env.MAX_WORKSPACES_PER_POD,
    idleTimeoutMs: env.IDLE_WORKSPACE_TIMEOUT_MS,
    leaseMs: env.LEASE_MS,
  });
  // A relayed execution may wait behind a neighbour's before it runs itself.
  const relayTimeoutMs = env.TIMEOUT_MS * 4 + 2000;
  const router = new WorkspaceRouter({ workspaces, pods, holder, log, pod: env.POD_NAME, timeoutMs: relayTimeoutMs });
  const verify = env.AUTH_ENABLED ? createTokenVerifier(jwtKeys(env)) : undefined;
  const panels = new PanelServer({ log, verify, pod: env.POD_NAME });
  registerKernelGauges(registry, {
    activeWorkspaces: () => holder.active,
    capacity: env.MAX_WORKSPACES_PER_POD,
    sockets: () => panels.connections,
  });
  const app = await createApp({
    service: SERVICE,
    version: env.SERVICE_VERSION,
    log,
    registry,
    readiness: { ...readiness, database: createSchemaCheck(database, kernelMigrations) },
    stats: () => ({ activeWorkspaces: holder.active, activePanels: panels.connections, workers: pool.workers }),
  });
  const authenticate = verify ? createAuthenticate(verify) : authenticateAnyone;
  registerWorkspaceRoutes(app, { authenticate, workspaces, holder, router, metrics });
  return {
    app,
    panels,
    database,
    holder,
    setUrl: (url) => {
      self.url = url;
    },
    close: async () => {
      await pool.close();
      await database.end();
    },
  };
}
