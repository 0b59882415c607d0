import type { Values } from "../lib/platform";

/** Limits of the workspaces in one pod. */
export interface WorkspaceLimits {
  /** Most loaded workspaces of one pod (A12). */
  readonly perPod: number;
  /** Milliseconds without activity until a workspace is unloaded (A13). */
  readonly idleTimeoutMs: number;
  /** Memory of one workspace, in MiB. */
  readonly memoryLimitMb: number;
  /** Longest execution, in milliseconds. */
  readonly executionTimeoutMs: number;
  /** Sandbox instances of one pod that are kept ready (D16). */
  readonly minInstances: number;
  /** Most sandbox instances of one pod. */
  readonly maxInstances: number;
  /** Outgoing HTTP calls of one pod at the same time. */
  readonly httpMaxConcurrent: number;
  /** Longest outgoing HTTP call, in milliseconds. */
  readonly httpTimeoutMs: number;
  /** WebSocket connections of one pod. */
  readonly maxSockets: number;
  /** Busiest tenants with series of their own in the metrics; 0 for none. */
  readonly tenantMetrics: number;
  /** Prepared handlers in the cache volume, in MiB. */
  readonly cacheMaxMb: number;
  /** Memory for workspaces that nobody uses, where there is no database, in MiB. */
  readonly ephemeralMaxMb: number;
  /** Threads that run workspaces; null for one a core, at most 4. */
  readonly workerThreads: number | null;
  /** Milliseconds that a silent pod still owns its workspaces. */
  readonly leaseMs: number;
}

/** Where the kernel keeps what it can make again. */
export const CACHE_DIR = "/tmp/nexus-cache";

/** Keys of the shared settings that only the kernel reads. */
export const kernelKeys = [
  ...["MULTI_TENANT_MODE", "MAX_WORKSPACES_PER_POD", "IDLE_WORKSPACE_TIMEOUT_MS"],
  ...["MEMORY_LIMIT_MB", "TIMEOUT_MS", "MIN_INSTANCES", "MAX_INSTANCES"],
  ...["HTTP_MAX_CONCURRENT", "HTTP_TIMEOUT", "CACHE_DIR", "CACHE_MAX_MB"],
  ...["MAX_SOCKETS", "TENANT_METRICS", "EPHEMERAL_MAX_MB", "WORKER_THREADS", "LEASE_MS"],
];

/** The kernel's part of the shared settings, by environment variable (A26, C21, D11). */
export function kernelSettings(limits: WorkspaceLimits): Values {
  return {
    MULTI_TENANT_MODE: "true",
    MAX_WORKSPACES_PER_POD: String(limits.perPod),
    IDLE_WORKSPACE_TIMEOUT_MS: String(limits.idleTimeoutMs),
    MEMORY_LIMIT_MB: String(limits.memoryLimitMb),
    TIMEOUT_MS: String(limits.executionTimeoutMs),
    MIN_INSTANCES: String(limits.minInstances),
    MAX_INSTANCES: String(limits.maxInstances),
    HTTP_MAX_CONCURRENT: String(limits.httpMaxConcurrent),
    HTTP_TIMEOUT: String(limits.httpTimeoutMs),
    CACHE_DIR,
    CACHE_MAX_MB: String(limits.cacheMaxMb),
    MAX_SOCKETS: String(limits.maxSockets),
    TENANT_METRICS: String(limits.tenantMetrics),
    EPHEMERAL_MAX_MB: String(limits.ephemeralMaxMb),
    ...(limits.workerThreads === null ? {} : { WORKER_THREADS: String(limits.workerThreads) }),
    LEASE_MS: String(limits.leaseMs),
  };
}
