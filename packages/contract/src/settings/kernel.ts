import { choice, flag, forms, integer, port, text } from "../setting";
import { aiSettings } from "./ai";
import {
  authSettings,
  commonSettings,
  databaseSettings,
  planSettings,
  proxySettings,
  redisSettings,
  tenantSettings,
} from "./common";

/** If none of these is set, the kernel has no database, and workspaces stay in memory. */
const optionalDatabase = {
  DATABASE_HOST: { ...databaseSettings.DATABASE_HOST, default: null },
  DATABASE_NAME: { ...databaseSettings.DATABASE_NAME, default: null },
  DATABASE_USER: { ...databaseSettings.DATABASE_USER, default: null },
  DATABASE_PASSWORD: { ...databaseSettings.DATABASE_PASSWORD, default: null },
};

/** What the workspace kernel reads. */
export const kernelSettings = {
  ...commonSettings,
  ...authSettings,
  ...planSettings,
  ...tenantSettings,
  ...proxySettings,
  ...databaseSettings,
  ...optionalDatabase,
  ...redisSettings,
  ...aiSettings,
  HTTP_PORT: port({ at: "kernel.httpPort", own: true, default: 3000 }, "Port of the HTTP API."),
  WS_PORT: port({ at: "kernel.wsPort", own: true, default: 3001 }, "Port of the WebSocket API."),
  POD_IP: text({ pod: "status.podIP", form: forms.any, default: "127.0.0.1" }, "Address of the pod."),
  AI_ENABLED: flag(
    { at: "kernel.ai", own: true, default: false },
    "Serve `/ai/` from the kernel, for a platform without the AI service.",
  ),
  AI_URL: text(
    { stack: "from the name of the AI service's Service", form: forms.url, default: null },
    "URL of the AI service, which code of workspaces asks with `ai`; without it and without `AI_ENABLED` it gets an error.",
  ),
  MULTI_TENANT_MODE: choice(
    {
      fixed: "tenants are always kept apart; `AUTH_ENABLED=false` puts everybody into one of them",
      words: ["true"],
      default: "true",
    },
    "Tenants are kept apart; true is the only value.",
  ),
  MAX_WORKSPACES_PER_POD: integer(
    { at: "kernel.workspaces.perPod", min: 1, max: 10_000, default: 50 },
    "Maximum number of workspaces loaded in one pod.",
  ),
  IDLE_WORKSPACE_TIMEOUT_MS: integer(
    { at: "kernel.workspaces.idleTimeoutMs", min: 100, max: 2 ** 31 - 1, unit: "ms", default: 1_800_000 },
    "Time without activity until a workspace is unloaded.",
  ),
  MEMORY_LIMIT_MB: integer(
    {
      at: "kernel.workspaces.memoryLimitMb",
      // The engine alone takes 16 MiB of address space.
      min: 17,
      max: 2048,
      unit: "MiB",
      default: 32,
    },
    "Memory limit of one workspace.",
  ),
  TIMEOUT_MS: integer(
    { at: "kernel.workspaces.executionTimeoutMs", min: 10, max: 600_000, unit: "ms", default: 5000 },
    "Maximum running time of one execution, without the time that it waits for calls to other hosts and to the AI.",
  ),
  MIN_INSTANCES: integer(
    { at: "kernel.workspaces.minInstances", min: 0, max: 1000, default: 4 },
    "Number of sandbox instances that one pod keeps ready.",
  ),
  MAX_INSTANCES: integer(
    { at: "kernel.workspaces.maxInstances", min: 1, max: 10_000, default: 50 },
    "Maximum number of sandbox instances in the memory of one pod; beyond it idle ones are unloaded.",
  ),
  HTTP_MAX_CONCURRENT: integer(
    { at: "kernel.workspaces.httpMaxConcurrent", min: 1, max: 1000, default: 10 },
    "Maximum number of outgoing HTTP calls of one pod at the same time, and of one tenant a quarter of it; more wait.",
  ),
  HTTP_TIMEOUT: integer(
    { at: "kernel.workspaces.httpTimeoutMs", min: 10, max: 600_000, unit: "ms", default: 30_000 },
    "Maximum time that the calls of one execution to other hosts and to the AI take together.",
  ),
  MAX_SOCKETS: integer(
    { at: "kernel.workspaces.maxSockets", min: 1, max: 100_000, default: 10_000 },
    "Maximum number of WebSocket connections of one pod.",
  ),
  MAX_UNREAD_MB: integer(
    { at: "kernel.workspaces.maxUnreadMb", min: 4, max: 10_000, unit: "MiB", default: 32 },
    "Maximum amount of answers and messages that all clients of one pod together leave unread; beyond it, connections are closed, first those of the tenant that leaves most.",
  ),
  MAX_SOCKETS_PER_TENANT: integer(
    { at: "kernel.tenants.maxSockets", min: 1, max: 100_000, default: 2000 },
    "Maximum number of WebSocket connections of one tenant to one pod; a subscription through another pod counts as one.",
  ),
  MAX_REQUESTS_PER_TENANT: integer(
    { at: "kernel.tenants.maxRequests", min: 1, max: 100_000, default: 500 },
    "Maximum number of concurrent requests of one tenant to one pod.",
  ),
  MAX_SNAPSHOTS_PER_TENANT: integer(
    { at: "kernel.tenants.maxSnapshots", min: 1, max: 1_000_000, default: 1000 },
    "Maximum number of snapshots of all workspaces of one tenant.",
  ),
  MAX_WRITE_MB_PER_SECOND_PER_TENANT: integer(
    { at: "kernel.tenants.maxWriteMbPerSecond", min: 1, max: 10_000, unit: "MiB", default: 16 },
    "Maximum amount that executions and handlers of one tenant write per second through one pod, averaged over some seconds; further writes wait.",
  ),
  MAX_COPIES_PER_MINUTE: integer(
    { at: "kernel.tenants.maxCopiesPerMinute", min: 1, max: 100_000, default: 60 },
    "Maximum number of clones, snapshots and restores of one tenant per minute and pod.",
  ),
  MAX_SNAPSHOTS_PER_WORKSPACE: integer(
    { at: "kernel.workspaces.maxSnapshots", min: 1, max: 1000, default: 20 },
    "Maximum number of snapshots of one workspace.",
  ),
  TENANT_METRICS: integer(
    { at: "kernel.workspaces.tenantMetrics", min: 0, max: 1000, default: 20 },
    "Maximum number of tenants with their own series in the metrics of a pod, the busiest first; 0 for none.",
  ),
  CACHE_DIR: text(
    { fixed: "the volume of size `kernel.cacheSize` is mounted there", form: forms.any, default: "/tmp/nexus-cache" },
    "Folder for prepared handlers, which may be lost at any time.",
  ),
  CACHE_MAX_MB: integer(
    { at: "kernel.workspaces.cacheMaxMb", min: 1, max: 10_000, unit: "MiB", default: 64 },
    "Maximum size of the prepared handlers that one pod keeps in its cache volume.",
  ),
  EPHEMERAL_MAX_MB: integer(
    { at: "kernel.workspaces.ephemeralMaxMb", min: 1, max: 1_000_000, unit: "MiB", default: 256 },
    "Maximum memory of one pod for idle workspaces, if there is no database.",
  ),
  WORKER_THREADS: integer(
    { at: "kernel.workspaces.workerThreads", min: 1, max: 64, default: null },
    "Number of threads of one pod that run workspaces; null for one per core, at most 4.",
  ),
  LEASE_MS: integer(
    { at: "kernel.workspaces.leaseMs", min: 300, max: 600_000, unit: "ms", default: 15_000 },
    "How long a pod that no longer responds still owns its workspaces, by the database's clock.",
  ),
};
