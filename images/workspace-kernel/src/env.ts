import { isIPv4 } from "node:net";
import { availableParallelism } from "node:os";
import { aiFields } from "@nexus/ai";
import {
  authFields,
  baseFields,
  checkAuth,
  type DatabaseEnv,
  databaseFields,
  flag,
  integer,
  port,
  redisFields,
  text,
} from "@nexus/service";
import { z } from "zod";

/** What the kernel reads from its environment. */
export const kernelEnv = z
  .object({
    ...baseFields,
    ...authFields,
    ...databaseFields,
    /** Serves /ai/ as well, for platforms without an AI service; only then Redis and providers are used. */
    AI_ENABLED: flag(false),
    ...redisFields,
    ...aiFields,
    // Without any of these there is no database.
    DATABASE_HOST: z.string().optional(),
    DATABASE_NAME: z.string().optional(),
    DATABASE_USER: z.string().optional(),
    DATABASE_PASSWORD: z.string().optional(),
    /** MiB that workspaces may take which nobody holds in a sandbox, where there is no database. */
    EPHEMERAL_MAX_MB: integer(256, 1, 1_000_000),
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
    /** Busiest tenants that have series of their own in /metrics; 0 for none. */
    TENANT_METRICS: integer(20, 0, 1000),
    /** WebSocket connections of one pod. */
    MAX_SOCKETS: integer(10_000, 1, 100_000),
    /** Running time of one execution in milliseconds; waiting for `ext.http` does not count. */
    TIMEOUT_MS: integer(5000, 10, 600_000),
    WORKER_THREADS: integer(Math.min(4, availableParallelism()), 1, 64),
    LEASE_MS: integer(15_000, 300, 600_000),
  })
  .superRefine(checkAuth)
  // Said also when other fields are wrong.
  .refine((env) => !hasDatabase(env) || env.DATABASE_PASSWORD !== undefined, {
    path: ["DATABASE_PASSWORD"],
    message: "give the password of the database user",
    when: () => true,
  })
  .refine((env) => hasDatabase(env) || isIPv4(env.POD_IP), {
    path: ["POD_IP"],
    message: "give the pod's IPv4 address, which ids of workspaces name when there is no database",
  });

const databaseKeys = ["DATABASE_HOST", "DATABASE_NAME", "DATABASE_USER", "DATABASE_PASSWORD"] as const;

function hasDatabase(env: Partial<Record<(typeof databaseKeys)[number], string | undefined>>): boolean {
  return databaseKeys.some((key) => env[key] !== undefined);
}

/** The connection; undefined when nothing of it is set, and workspaces stay in memory. */
export function databaseOf(env: KernelEnv): DatabaseEnv | undefined {
  if (!hasDatabase(env)) return undefined;
  const { DATABASE_HOST = "postgres", DATABASE_NAME = "nexus", DATABASE_USER = "nexus", DATABASE_PASSWORD = "" } = env;
  return { ...env, DATABASE_HOST, DATABASE_NAME, DATABASE_USER, DATABASE_PASSWORD };
}

export type KernelEnv = z.output<typeof kernelEnv>;
