import { availableParallelism } from "node:os";
import type { TenantAct } from "@nexus/contract";
import { type Ai, createAiGateway, registerAiRoutes } from "@nexus/ai";
import {
  type App,
  createActs,
  createApp,
  createAuthentication,
  createDenials,
  createRegistry,
  type Logger,
  PlanBook,
  type ReadinessCheck,
  reportDenied,
  Unread,
  Turns,
} from "@nexus/service";
import { AiCalls } from "./ai/ai-calls";
import type { KernelEnv } from "./env";
import { SERVICE } from "./service-name";
import { DrillMetrics } from "./drill-metrics";
import { createKernelMetrics, registerKernelGauges } from "./metrics";
import { EphemeralRouter, registerEphemeralRelay } from "./ownership/ephemeral-router";
import { WorkspaceRouter } from "./ownership/router";
import { PanelServer } from "./sockets/server";
import { invokeForSocket } from "./routes/invoke";
import { counted } from "./routes/context";
import { registerCellRoutes } from "./routes/cells";
import { registerDocumentRoutes } from "./routes/document";
import { registerExportRoute } from "./routes/export";
import { registerHandlerRoutes } from "./routes/handlers";
import { registerLifecycleRoutes } from "./routes/lifecycle";
import { registerRunRoutes } from "./routes/runs";
import { registerSettingsRoutes } from "./routes/settings";
import { registerSnapshotRoutes } from "./routes/snapshots";
import { registerUsageRoutes } from "./routes/usage";
import { registerWorkspaceRoutes } from "./routes/workspaces";
import { memoryForInstances } from "./sandbox/memory-for-instances";
import { SandboxPool } from "./sandbox/pool";
import { createStorage } from "./storage";
import { CommitQueue } from "./store/commit-queue";
import type { Stores } from "./store/stores";
import { WriteBudget } from "./store/write-budget";
import { HttpGateway, type HttpGatewayOptions } from "./http/gateway";
import { CellReader } from "./workspaces/cell-reader";
import { CellRunner } from "./workspaces/cell-runner";
import { CodeCache } from "./workspaces/code-cache";
import { ExecutionMeter } from "./workspaces/execution-meter";
import { makeHandlerScript } from "./workspaces/handler-script";
import { WorkspaceHolder } from "./workspaces/holder";
import { WorkspaceHub } from "./workspaces/hub";
import { Presence } from "./workspaces/presence";
import { StoppedTenants } from "./workspaces/stopped-tenants";
import { TenantQuotas } from "./workspaces/tenant-quotas";

/** Maximum number of database queries for one tenant's subscriptions at the same time in one pod. */
const SUBSCRIPTION_TURNS = 4;
/** Maximum number of messages per second, averaged, that one pod reads from one tenant's sockets. */
const MESSAGES_PER_SECOND = 1000;

/** How the audit trail names a call of code; nobody knows which request left the code behind that makes it. */
const BY_CODE = { actor: null, address: null, userAgent: null, act: "host.called" satisfies TenantAct };

export interface KernelOptions {
  readonly env: KernelEnv;
  readonly log: Logger;
  readonly workerFile: string;
  readonly wasmFile: string;
  /** Lets tests call their own servers. */
  readonly gatewayOverrides?: Partial<Pick<HttpGatewayOptions, "resolve" | "isAllowedAddress">>;
  /** Memory for instances in bytes. @default the pod's memory without that of the kernel itself */
  readonly instanceBytes?: number;
  /** When the pool starts a thread in advance; see there. */
  readonly standbyDelayMs?: number;
  /** Further checks of /ready. */
  readonly readiness?: Readonly<Record<string, ReadinessCheck>>;
}

/** The parts of the kernel, connected; it does not listen yet. */
export interface Kernel {
  readonly app: App;
  readonly panels: PanelServer;
  readonly stores: Stores;
  readonly holder: WorkspaceHolder;
  /** The AI library; undefined if the AI is a separate service or switched off. */
  readonly ai: Ai | undefined;
  readonly stopped: StoppedTenants;
  readonly drillMetrics: DrillMetrics;
  /** The URL at which other pods reach this one. Set it before the first request if the system chose the port. */
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
  standbyDelayMs,
  instanceBytes,
}: KernelOptions): Promise<Kernel> {
  const registry = createRegistry(SERVICE);
  const metrics = createKernelMetrics(registry, env.TENANT_METRICS);
  const self = { pod: env.POD_NAME, url: `http://${env.POD_IP}:${env.HTTP_PORT}`, leaseMs: env.LEASE_MS };
  const limits = { memoryBytes: env.MEMORY_LIMIT_MB * 1024 * 1024, timeoutMs: env.TIMEOUT_MS };
  const workers = env.WORKER_THREADS ?? Math.min(4, availableParallelism());
  const pool = await SandboxPool.create({
    workerFile,
    wasmFile,
    standbyDelayMs,
    workers,
    spares: Math.min(env.MIN_INSTANCES, env.MAX_INSTANCES),
    maxInstances: env.MAX_INSTANCES,
    maxBytes: instanceBytes ?? memoryForInstances(workers),
    limits,
    onWorkerError: (error) => log.error({ error }, "a sandbox worker failed"),
    onWorkerReplaced: (reason, lostWorkspaces) => {
      metrics.workerRestarts.inc({ reason });
      log.warn({ reason, lostWorkspaces }, "sandbox worker replaced");
    },
  });
  const { stores, ids } = createStorage(env, self, await pool.build, log);
  const denials = createDenials({ env, log, registry });
  const gateway = new HttpGateway({
    maxConcurrent: env.HTTP_MAX_CONCURRENT,
    timeoutMs: env.HTTP_TIMEOUT,
    allowListOf: async (tenantId) => (await stores.settings.get(tenantId)).httpAllow,
    onCall: (outcome) => metrics.httpCalls.inc({ outcome }),
    onDenied: ({ tenantId, workspaceId }, host) => denials.add({ ...BY_CODE, tenantId, target: { host, workspaceId } }),
    ...gatewayOverrides,
  });
  const budget = new WriteBudget(env.MAX_WRITE_MB_PER_SECOND_PER_TENANT * 1024 * 1024);
  const commits = new CommitQueue({
    write: (writes) => stores.commits.write(writes),
    budget,
    onBatch: (writes, bytes, ms) => {
      metrics.commitWrites.inc(writes);
      metrics.commitBytes.inc(bytes);
      metrics.commitSeconds.observe(ms / 1000);
    },
  });
  const hub = new WorkspaceHub();
  const holder = new WorkspaceHolder({
    stores,
    commits,
    pool,
    gateway,
    ai: new AiCalls({ url: () => (env.AI_ENABLED ? self.url : env.AI_URL), timeoutMs: env.HTTP_TIMEOUT }),
    hub,
    metrics,
    log,
    capacity: env.MAX_WORKSPACES_PER_POD,
    idleTimeoutMs: env.IDLE_WORKSPACE_TIMEOUT_MS,
    leaseMs: env.LEASE_MS,
  });
  // A relayed execution may wait for another workspace's before it runs.
  const relayTimeoutMs = env.TIMEOUT_MS * 4 + env.HTTP_TIMEOUT + 2000;
  const plans = new PlanBook(env.PLANS);
  const mostActive = (plan: string | undefined) => plans.room({ plan }, "activeWorkspaces");
  const authentication = createAuthentication(env, log);
  const { mode: auth, authenticate, identify, expiresAt, standing, feed } = authentication;
  const routing = {
    mostActive,
    workspaces: stores.workspaces,
    pods: stores.pods,
    holder,
    metrics,
    log,
    pod: env.POD_NAME,
    timeoutMs: relayTimeoutMs,
    standing,
  };
  const urlOf = (address: string) => `http://${address}:${new URL(self.url).port}`;
  const router = ids ? new EphemeralRouter({ ...routing, ids, urlOf }) : new WorkspaceRouter(routing);
  const aiGateway = env.AI_ENABLED ? createAiGateway({ env, log, registry }) : undefined;
  const code = new CodeCache({
    directory: env.CACHE_DIR,
    maxBytes: env.CACHE_MAX_MB * 1024 * 1024,
    log,
    onLookup: (hit) => metrics.codeCache.inc({ result: hit ? "hit" : "miss" }),
    make: (tenantId, source) => makeHandlerScript(pool, tenantId, source),
  });
  const meter = new ExecutionMeter({ times: stores.times, eachMs: env.TIMEOUT_MS, log });
  const quotas = new TenantQuotas({
    plans,
    meter,
    usage: stores.usage,
    workspaces: env.MAX_WORKSPACES_PER_TENANT,
    storageBytes: env.MAX_STORAGE_MB_PER_TENANT * 1024 * 1024,
    copiesPerMinute: env.MAX_COPIES_PER_MINUTE,
    requests: env.MAX_REQUESTS_PER_TENANT,
  });
  const unread = new Unread({ maxBytes: env.MAX_UNREAD_MB * 1024 * 1024, registry, log });
  const panels = new PanelServer({
    log,
    unread,
    metrics,
    router,
    holder,
    hub,
    presence: new Presence(hub),
    streams: stores.streams,
    turns: new Turns(SUBSCRIPTION_TURNS),
    pace: new WriteBudget(MESSAGES_PER_SECOND),
    denials,
    pod: env.POD_NAME,
    maxSockets: env.MAX_SOCKETS,
    maxSocketsPerTenant: env.MAX_SOCKETS_PER_TENANT,
    identify,
    standing,
    expiresAt,
    invoke: (message, caller) => invokeForSocket({ stores, code, holder, router, quotas }, message, caller),
  });
  const stopped = new StoppedTenants({ standing, feed, holder, panels, stores, log });
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
    unread,
    trustedProxies: env.TRUSTED_PROXIES,
    readiness: { ...readiness, ...stores.readiness },
    stats: () => ({
      activeWorkspaces: holder.active,
      activePanels: holder.panels,
      sockets: panels.connections,
      workers: pool.workers,
      loadedInstances: pool.loaded,
      workspaceMemoryLimitBytes: limits.memoryBytes,
      ...aiGateway?.stats(),
    }),
    modes: { auth, storage: stores.storage, ...(aiGateway && { ai: "library" }) },
  });
  reportDenied(app, denials);
  const reader = new CellReader({ pool, documents: stores.documents, quotas, timeoutMs: env.TIMEOUT_MS });
  const runner = new CellRunner({ stores, holder, hub, quotas, reader, log, batchMs: env.TIMEOUT_MS });
  const context = {
    app,
    stores,
    authenticate: counted(authenticate, quotas),
    code,
    holder,
    hub,
    router,
    quotas,
    budget,
    acts: createActs(env),
    reader,
    runner,
  };
  if (ids) registerEphemeralRelay(app, { ...routing, ids, urlOf, authenticate });
  app.server.on("upgrade", (request, socket, head) => panels.upgrade(request, socket, head));
  registerWorkspaceRoutes(context);
  registerLifecycleRoutes(context);
  registerSnapshotRoutes(context);
  registerHandlerRoutes(context);
  registerDocumentRoutes(context);
  registerCellRoutes(context);
  registerRunRoutes(context);
  registerSettingsRoutes(context);
  registerUsageRoutes(context);
  registerExportRoute(context);
  if (aiGateway) registerAiRoutes(app, { ai: aiGateway.ai, authenticate, standing });
  return {
    app,
    panels,
    stores,
    holder,
    ai: aiGateway?.ai,
    stopped,
    drillMetrics: new DrillMetrics(registry),
    setUrl: (url) => {
      self.url = url;
    },
    close: async () => {
      authentication.close();
      stopped.close();
      aiGateway?.close();
      await denials.close();
      runner.stop();
      await pool.close();
      await meter.close();
      await stores.close();
    },
  };
}
