import { Ai, createAiMetrics, registerAiRoutes } from "@nexus/ai";
import {
  type App,
  createApp,
  createAuthentication,
  createRedis,
  createRegistry,
  Gauge,
  type Logger,
  type ReadinessCheck,
} from "@nexus/service";
import type { NexusOsEnv } from "./env";
import { SERVICE } from "./service-name";

export interface NexusOsOptions {
  readonly env: NexusOsEnv;
  readonly log: Logger;
  /** Further checks of /ready. */
  readonly readiness?: Readonly<Record<string, ReadinessCheck>>;
}

/** The service's parts, wired; nothing listens yet. */
export interface NexusOs {
  readonly app: App;
  readonly ai: Ai;
  readonly close: () => void;
}

export async function buildNexusOs({ env, log, readiness }: NexusOsOptions): Promise<NexusOs> {
  const registry = createRegistry(SERVICE);
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
  const ai = new Ai({ env, redis: redis.client, log, metrics: createAiMetrics(registry) });
  const authentication = createAuthentication(env, log);
  const app = await createApp({
    service: SERVICE,
    version: env.SERVICE_VERSION,
    log,
    registry,
    // Neither Redis nor a provider is asked: without them the service still says what is the matter.
    readiness: { ...readiness },
    stats: () => ({ ...ai.stats(), redisUp: isUp() }),
    modes: { auth: authentication.mode },
  });
  registerAiRoutes(app, { ai, authenticate: authentication.authenticate });
  return { app, ai, close: redis.close };
}
