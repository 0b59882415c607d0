import { availableParallelism } from "node:os";
import { authFields, baseFields, checkAuth, databaseFields, flag, integer, port, text } from "@nexus/service";
import { z } from "zod";

/** What the kernel reads from its environment. */
export const kernelEnv = z
  .object({
    ...baseFields,
    ...authFields,
    ...databaseFields,
    WS_PORT: port(3001),
    POD_IP: text("127.0.0.1"),
    MULTI_TENANT_MODE: flag(true),
    MAX_WORKSPACES_PER_POD: integer(50, 1, 10_000),
    IDLE_WORKSPACE_TIMEOUT_MS: integer(1_800_000, 100),
    /** Pre-warmed sandbox instances that wait for workspaces. */
    MIN_INSTANCES: integer(4, 0, 1000),
    /** Sandbox instances in memory at one time; beyond it idle ones are put away, and come back when they are used. */
    MAX_INSTANCES: integer(50, 1, 10_000),
    /** Directory for prepared handlers; may be lost at any time. */
    CACHE_DIR: text("/tmp/nexus-cache"),
    CACHE_MAX_MB: integer(64, 1, 10_000),
    // The engine alone takes 16 MiB of address space.
    MEMORY_LIMIT_MB: integer(32, 17, 2048),
    /** Calls of workspaces to other hosts at one time; more wait. */
    HTTP_MAX_CONCURRENT: integer(20, 1, 1000),
    /** Milliseconds that the calls of one execution may take together. */
    HTTP_TIMEOUT: integer(30_000, 10, 600_000),
    /** WebSocket connections of one pod. */
    MAX_SOCKETS: integer(10_000, 1, 100_000),
    /** Running time of one execution in milliseconds; waiting for `ext.http` does not count. */
    TIMEOUT_MS: integer(5000, 10, 600_000),
    WORKER_THREADS: integer(Math.min(4, availableParallelism()), 1, 64),
    LEASE_MS: integer(15_000, 300, 600_000),
  })
  .superRefine(checkAuth);

export type KernelEnv = z.output<typeof kernelEnv>;
