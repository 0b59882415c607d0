import { type Ai, createAiGateway, registerAiRoutes } from "@nexus/ai";
import {
  type App,
  createApp,
  createAuthentication,
  createDenials,
  createRegistry,
  type Logger,
  type ReadinessCheck,
  reportDenied,
} from "@nexus/service";
import type { NexusOsEnv } from "./env";
import { SERVICE } from "./service-name";

export interface NexusOsOptions {
  readonly env: NexusOsEnv;
  readonly log: Logger;
  /** Further checks of /ready. */
  readonly readiness?: Readonly<Record<string, ReadinessCheck>>;
}

/** The parts of the service, connected; it does not listen yet. */
export interface NexusOs {
  readonly app: App;
  readonly ai: Ai;
  readonly close: () => Promise<void>;
}

export async function buildNexusOs({ env, log, readiness }: NexusOsOptions): Promise<NexusOs> {
  const registry = createRegistry(SERVICE);
  const { ai, stats, close } = createAiGateway({ env, log, registry });
  const authentication = createAuthentication(env, log);
  const app = await createApp({
    service: SERVICE,
    version: env.SERVICE_VERSION,
    log,
    registry,
    // Neither Redis nor a provider is checked: without them the service still answers with the reason.
    readiness: { ...readiness },
    stats,
    trustedProxies: env.TRUSTED_PROXIES,
    modes: { auth: authentication.mode },
  });
  const denials = createDenials({ env, log, registry });
  reportDenied(app, denials);
  registerAiRoutes(app, { ai, authenticate: authentication.authenticate, standing: authentication.standing });
  return {
    app,
    ai,
    close: async () => {
      await denials.close();
      authentication.close();
      close();
    },
  };
}
