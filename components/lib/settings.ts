import type { Values } from "./environment";
import { workloads } from "./naming";

/** Keys of the shared ConfigMap that every Node service reads. */
export const commonKeys = ["LOG_LEVEL", "LOG_PRETTY", "NODE_ENV", "AUTH_ENABLED", "TRILOG_ENABLED", "OTEL_ENDPOINT"];
/** Keys that say where the database is. */
export const databaseKeys = ["DATABASE_HOST", "DATABASE_PORT", "DATABASE_NAME", "DATABASE_USER"];
/** Keys that say where the cache is. */
export const redisKeys = ["REDIS_HOST", "REDIS_PORT"];

/** Parts of the platform that can be on or off. */
export interface Features {
  readonly trilog: boolean;
  readonly otelEndpoint: string;
}

/** The settings that several services read (A26-A29). */
export function commonSettings(logLevel: string, { trilog, otelEndpoint }: Features): Values {
  return {
    LOG_LEVEL: logLevel,
    LOG_PRETTY: "false",
    NODE_ENV: "production",
    AUTH_ENABLED: "true",
    TRILOG_ENABLED: String(trilog),
    OTEL_ENDPOINT: otelEndpoint,
    DATABASE_HOST: workloads.postgres,
    DATABASE_PORT: "5432",
    DATABASE_NAME: "nexus",
    DATABASE_USER: "nexus",
    REDIS_HOST: workloads.redis,
    REDIS_PORT: "6379",
  };
}
