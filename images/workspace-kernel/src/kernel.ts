import {
  type App,
  createApp,
  createAuthentication,
  createDatabase,
  createPool,
  createRegistry,
  createSchemaCheck,
  type Logger,
  type ReadinessCheck,
} from "@nexus/service";
import type { Pool } from "pg";
import type { KernelEnv } from "./env";
import { SERVICE } from "./service-name";
import { createKernelMetrics, registerKernelGauges } from "./metrics";
import { WorkspaceRouter } from "./ownership/router";
import { PanelServer } from "./sockets/server";
import { registerHandlerRoutes } from "./routes/handlers";
import { registerLifecycleRoutes } from "./routes/lifecycle";
import { registerSettingsRoutes } from "./routes/settings";
import { registerSnapshotRoutes } from "./routes/snapshots";
import { registerWorkspaceRoutes } from "./routes/workspaces";
import { SandboxPool } from "./sandbox/pool";
import { CommitQueue } from "./store/commit-queue";
import { CommitStore } from "./store/commit-store";
import { HandlerStore } from "./store/handler-store";
import { IdempotencyStore } from "./store/idempotency-store";
import { ImageStore } from "./store/image-store";
import { HttpGateway, type HttpGatewayOptions } from "./http/gateway";
import { kernelMigrations } from "./store/migrations";
import { PodStore } from "./store/pod-store";
import { SettingsStore } from "./store/settings-store";
import { SnapshotStore } from "./store/snapshot-store";
import { StreamStore } from "./store/stream-store";
import type { KernelTables } from "./store/tables";
import { WorkspaceStore } from "./store/workspace-store";
import { CodeCache } from "./workspaces/code-cache";
import { WorkspaceHolder } from "./workspaces/holder";
import { WorkspaceHub } from "./workspaces/hub";

export interface KernelOptions {
  readonly env: KernelEnv;
  readonly log: Logger;
  readonly workerFile: string;
  readonly wasmFile: string;
  /** Lets tests call servers of their own. */
  readonly gatewayOverrides?: Partial<Pick<HttpGatewayOptions, "resolve" | "isAllowedAddress">>;
  /** Further checks of /ready. */
  readonly readiness?: Readonly<Record<string, ReadinessCheck>>;
}

/** The kernel's parts, wired; nothing listens yet. */
export interface Kernel {
  readonly app: App;
  readonly panels: PanelServer;
  readonly database: Pool;
  readonly holder: WorkspaceHolder;
  readonly idempotency: IdempotencyStore;
  /** Where other pods reach this one; set it before the first request when the port was chosen by the system. */
  readonly setUrl: (url: string) => void;
  readonly close: () => Promise<void>;
}

export async function buildKernel({
  env,
  log,
  workerFile,
  wasmFile,
  readiness,
  gatewayOverrides,
}: KernelOptions): Promise<Kernel> {
  const registry = createRegistry(SERVICE);
  const metrics = createKernelMetrics(registry);
  const database = createPool(env, log);
  const db = createDatabase<KernelTables>(database);
  const self = { pod: env.POD_NAME, url: `http://${env.POD_IP}:${env.HTTP_PORT}`, leaseMs: env.LEASE_MS };
  const workspaces = new WorkspaceStore(db, self);
  const pods = new PodStore(db, self);
  const settings = new SettingsStore(db);
  const gateway = new HttpGateway({
    maxConcurrent: env.HTTP_MAX_CONCURRENT,
    timeoutMs: env.HTTP_TIMEOUT,
    allowListOf: async (workspaceId) => {
      const tenantId = holder.tenantOf(workspaceId);
      return tenantId === undefined ? [] : (await settings.get(tenantId)).httpAllow;
    },
    onCall: (outcome) => metrics.httpCalls.inc({ outcome }),
    ...gatewayOverrides,
  });
  const pool = await SandboxPool.create({
    workerFile,
    wasmFile,
    workers: env.WORKER_THREADS,
    spares: Math.min(env.MIN_INSTANCES, env.MAX_INSTANCES),
    limits: { memoryBytes: env.MEMORY_LIMIT_MB * 1024 * 1024, timeoutMs: env.TIMEOUT_MS },
    onCall: (workspaceId, since, call) => gateway.answer(workspaceId, since, call),
    onWorkerReplaced: (reason, lostWorkspaces) => {
      metrics.workerRestarts.inc({ reason });
      log.warn({ reason, lostWorkspaces }, "sandbox worker replaced");
    },
  });
  const buildId = await pool.buildId;
  const commitStore = new CommitStore(db, env.POD_NAME, buildId);
  const commits = new CommitQueue(
    (writes) => commitStore.write(writes),
    (writes, bytes, ms) => {
      metrics.commitWrites.inc(writes);
      metrics.commitBytes.inc(bytes);
      metrics.commitSeconds.observe(ms / 1000);
    },
  );
  const idempotency = new IdempotencyStore(db);
  const hub = new WorkspaceHub();
  const holder = new WorkspaceHolder({
    workspaces,
    pods,
    images: new ImageStore(db, buildId),
    commits,
    idempotency,
    pool,
    hub,
    metrics,
    log,
    capacity: env.MAX_WORKSPACES_PER_POD,
    maxInstances: env.MAX_INSTANCES,
    idleTimeoutMs: env.IDLE_WORKSPACE_TIMEOUT_MS,
    leaseMs: env.LEASE_MS,
  });
  // A relayed execution may wait behind a neighbour's before it runs itself.
  const relayTimeoutMs = env.TIMEOUT_MS * 4 + env.HTTP_TIMEOUT + 2000;
  const router = new WorkspaceRouter({
    ...{ workspaces, pods, holder, metrics, log },
    ...{ pod: env.POD_NAME, timeoutMs: relayTimeoutMs },
  });
  const { mode: auth, authenticate, identify } = createAuthentication(env, log);
  const streams = new StreamStore(db);
  const panels: PanelServer = new PanelServer({
    ...{ log, metrics, router, holder, hub, streams, pod: env.POD_NAME, maxSockets: env.MAX_SOCKETS },
    identify,
    invoke: async ({ workspaceId, handler, input, idempotencyKey }, { token }) => {
      const response = await app.inject({
        method: "POST",
        url: `/api/v1/workspaces/${workspaceId}/handlers/${encodeURIComponent(handler)}/invoke`,
        headers: {
          ...(token ? { authorization: `Bearer ${token}` } : {}),
          ...(idempotencyKey ? { "idempotency-key": idempotencyKey } : {}),
        },
        payload: { input: input ?? null },
      });
      return { status: response.statusCode, body: response.json<object>() };
    },
  });
  registerKernelGauges(registry, {
    activeWorkspaces: () => holder.active,
    capacity: env.MAX_WORKSPACES_PER_POD,
    sockets: () => panels.connections,
    loadedInstances: () => pool.loaded,
    spareInstances: () => pool.spares,
    tenants: () => holder.tenants,
  });
  const app = await createApp({
    service: SERVICE,
    version: env.SERVICE_VERSION,
    log,
    registry,
    readiness: { ...readiness, database: createSchemaCheck(database, kernelMigrations) },
    stats: () => ({
      activeWorkspaces: holder.active,
      activePanels: panels.connections,
      workers: pool.workers,
      loadedInstances: pool.loaded,
    }),
    modes: { auth },
  });
  const code = new CodeCache({
    directory: env.CACHE_DIR,
    maxBytes: env.CACHE_MAX_MB * 1024 * 1024,
    log,
    onLookup: (hit) => metrics.codeCache.inc({ result: hit ? "hit" : "miss" }),
  });
  const handlers = new HandlerStore(db);
  const context = {
    ...{ app, authenticate, workspaces, handlers, streams, settings, idempotency, code, holder, hub, router },
    snapshots: new SnapshotStore(db),
  };
  app.server.on("upgrade", (request, socket, head) => panels.upgrade(request, socket, head));
  registerWorkspaceRoutes(context);
  registerLifecycleRoutes(context);
  registerSnapshotRoutes(context);
  registerHandlerRoutes(context);
  registerSettingsRoutes(context);
  return {
    app,
    panels,
    database,
    holder,
    idempotency,
    setUrl: (url) => {
      self.url = url;
    },
    close: async () => {
      await pool.close();
      await database.end();
    },
  };
}
