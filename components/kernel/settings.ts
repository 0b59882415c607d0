import type { Values } from "../lib/environment";

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
}

/** Where the kernel keeps what it can make again. */
export const CACHE_DIR = "/tmp/nexus-cache";

/** Keys of the shared settings that only the kernel reads. */
export const kernelKeys = [
  ...["MULTI_TENANT_MODE", "MAX_WORKSPACES_PER_POD", "IDLE_WORKSPACE_TIMEOUT_MS"],
  ...["MEMORY_LIMIT_MB", "TIMEOUT_MS", "MIN_INSTANCES", "MAX_INSTANCES"],
  ...["HTTP_MAX_CONCURRENT", "HTTP_TIMEOUT", "CACHE_DIR"],
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
  };
}
