import type { App, createDatabase, Logger, PlanBook } from "@nexus/service";
import type { FastifyRequest } from "fastify";
import type { BackendEnv } from "../env";
import { registerPlatformRoutes } from "../routes/platform";
import type { StandingWatch } from "../standing/standing-watch";
import type { AiUsageStore } from "../store/ai-usage-store";
import { KernelUsageStore } from "../store/kernel-usage-store";
import { PlatformStore } from "../store/platform-store";
import type { StudioTables } from "../store/tables";
import { PlatformService } from "./platform-service";

export interface PlatformModuleOptions {
  readonly db: ReturnType<typeof createDatabase<StudioTables>>;
  readonly env: BackendEnv;
  readonly aiUsage: AiUsageStore;
  readonly plans: PlanBook;
  readonly watch: StandingWatch;
  readonly authenticate: (request: FastifyRequest) => Promise<void>;
  readonly log: Logger;
}

/** The administration of the platform. */
export function startPlatformModule(app: App, options: PlatformModuleOptions): void {
  const { db, env, aiUsage, plans, watch, authenticate, log } = options;
  const service = new PlatformService({
    platform: new PlatformStore(db),
    aiUsage,
    kernelUsage: new KernelUsageStore(db, env.STREAM_MAX_MB * 1024 * 1024),
    plans,
    kernelLimits: { workspaces: env.MAX_WORKSPACES_PER_TENANT, storageMb: env.MAX_STORAGE_MB_PER_TENANT },
    watch,
    log,
  });
  registerPlatformRoutes(app, { service, authenticate });
}
