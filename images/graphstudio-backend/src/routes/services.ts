import type { App } from "@nexus/service";
import { type ActRoutesOptions, registerActRoutes } from "./acts";
import { type AiUsageRoutesOptions, registerAiUsageRoutes } from "./ai-usage";
import { type DenialRoutesOptions, registerDenialRoutes } from "./denials";
import { registerStandingRoutes, type StandingRoutesOptions } from "./standing";

/** What the other services ask and report. */
export function registerServiceRoutes(
  app: App,
  options: StandingRoutesOptions & DenialRoutesOptions & ActRoutesOptions & AiUsageRoutesOptions,
): void {
  registerStandingRoutes(app, options);
  registerDenialRoutes(app, options);
  registerActRoutes(app, options);
  registerAiUsageRoutes(app, options);
}
