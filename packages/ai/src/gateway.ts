import {
  type AuthEnv,
  backendAccess,
  createRedis,
  Gauge,
  type Logger,
  type RedisEnv,
  type Registry,
} from "@nexus/service";
import { Ai } from "./ai";
import type { AiEnv } from "./env";
import { createAiMetrics } from "./metrics";
import { UsageLedger } from "./usage-ledger";

export interface AiGatewayOptions {
  readonly env: AiEnv & RedisEnv & AuthEnv;
  readonly log: Logger;
  readonly registry: Registry;
}

/** The AI gateway with its connection to Redis, as one part of a service. */
export interface AiGateway {
  readonly ai: Ai;
  /** Numbers for /health. */
  readonly stats: () => Readonly<Record<string, number>>;
  readonly close: () => void;
}

export function createAiGateway({ env, log, registry }: AiGatewayOptions): AiGateway {
  const redis = createRedis(env, log, "answers are not cached and budgets are counted per pod");
  const isUp = () => (redis.client.status === "ready" ? 1 : 0);
  new Gauge({
    name: "nexus_redis_up",
    help: "1 while Redis counts budgets for all pods, 0 while each pod counts for itself",
    registers: [registry],
    collect() {
      this.set(isUp());
    },
  });
  const backend = backendAccess(env);
  const ledger = backend && new UsageLedger({ ...backend, redis: redis.client, log });
  const ai = new Ai({ env, redis: redis.client, log, metrics: createAiMetrics(registry), ledger });
  if (!ai.models().configured) log.warn("neither OPENAI_API_KEY nor ANTHROPIC_API_KEY is set; requests get 503");
  const close = () => {
    ledger?.close();
    redis.close();
  };
  return { ai, stats: () => ({ ...ai.stats(), redisUp: isUp() }), close };
}
