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
  /** Most sandbox instances of one pod. */
  readonly maxInstances: number;
}

/** Where the kernel keeps what it can make again. */
export const CACHE_DIR = "/tmp/nexus-cache";

/** The kernel's part of the shared settings, by environment variable (A26, C21, D11). */
export function kernelSettings(limits: WorkspaceLimits): Values {
  return {
    MULTI_TENANT_MODE: "true",
    MAX_WORKSPACES_PER_POD: String(limits.perPod),
    IDLE_WORKSPACE_TIMEOUT_MS: String(limits.idleTimeoutMs),
    MEMORY_LIMIT_MB: String(limits.memoryLimitMb),
    TIMEOUT_MS: String(limits.executionTimeoutMs),
    MAX_INSTANCES: String(limits.maxInstances),
    CACHE_DIR,
  };
}
