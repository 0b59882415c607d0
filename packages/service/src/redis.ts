import { Redis } from "ioredis";
import type { Logger } from "./log";

export interface RedisEnv {
  readonly REDIS_HOST: string;
  readonly REDIS_PORT: number;
  readonly REDIS_PASSWORD?: string | undefined;
  readonly REDIS_TLS?: boolean | undefined;
  /** Certificate authorities in PEM. */
  readonly REDIS_TLS_CA_FILE?: string | undefined;
}

export interface RedisConnection {
  readonly client: Redis;
  readonly close: () => void;
}

/**
 * A client that fails fast while Redis cannot be reached and reconnects by itself; each change is logged once.
 * @param whileAway what the service does instead, for the log line
 */
export function createRedis(env: RedisEnv, log: Logger, whileAway: string): RedisConnection {
  const client = new Redis({
    host: env.REDIS_HOST,
    port: env.REDIS_PORT,
    password: env.REDIS_PASSWORD,
    // The certificate and its name are always checked, because an unchecked certificate protects from nobody.
    ...(env.REDIS_TLS ? { tls: { host: env.REDIS_HOST, ca: env.REDIS_TLS_CA_FILE } } : {}),
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 2000,
    commandTimeout: 500,
    retryStrategy: (times) => Math.min(times * 200, 3000),
  });
  let available: boolean | undefined;
  let closing = false;
  const away = (error?: Error) => {
    if (available !== false && !closing) {
      log.warn({ error }, `redis cannot be reached; ${whileAway} until it is back`);
    }
    available = false;
  };
  client.on("ready", () => {
    if (available !== true) log.info("redis connected");
    available = true;
  });
  client.on("error", away);
  client.on("close", () => away());
  return {
    client,
    close: () => {
      closing = true;
      client.disconnect();
    },
  };
}
