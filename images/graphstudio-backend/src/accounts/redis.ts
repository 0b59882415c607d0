import type { Logger } from "@nexus/service";
import { Redis } from "ioredis";

export interface RedisEnv {
  readonly REDIS_HOST: string;
  readonly REDIS_PORT: number;
  readonly REDIS_PASSWORD?: string | undefined;
}

/** A client that fails fast while Redis is away and comes back by itself; each change is logged once. */
export function createRedis(env: RedisEnv, log: Logger): Redis {
  const redis = new Redis({
    host: env.REDIS_HOST,
    port: env.REDIS_PORT,
    password: env.REDIS_PASSWORD,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 2000,
    commandTimeout: 500,
    retryStrategy: (times) => Math.min(times * 200, 3000),
  });
  let available: boolean | undefined;
  redis.on("ready", () => {
    if (available !== true) log.info("redis connected");
    available = true;
  });
  redis.on("error", (error) => {
    if (available !== false) log.warn({ error }, "redis is away; attempts are counted per pod until it is back");
    available = false;
  });
  return redis;
}
