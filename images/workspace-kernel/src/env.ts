import { isIPv4 } from "node:net";
import { kernelSettings } from "@nexus/contract";
import { checkAuth, type DatabaseEnv, envSchema } from "@nexus/service";
import type { z } from "zod";

/** What the kernel reads from its environment. */
export const kernelEnv = envSchema(kernelSettings)
  .superRefine(checkAuth)
  // Reported even if other fields are wrong.
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

/** The connection; undefined if none of its variables is set, so that workspaces stay in memory. */
export function databaseOf(env: KernelEnv): DatabaseEnv | undefined {
  if (!hasDatabase(env)) return undefined;
  const { DATABASE_HOST = "postgres", DATABASE_NAME = "nexus", DATABASE_USER = "nexus", DATABASE_PASSWORD = "" } = env;
  return { ...env, DATABASE_HOST, DATABASE_NAME, DATABASE_USER, DATABASE_PASSWORD };
}

export type KernelEnv = z.output<typeof kernelEnv>;
