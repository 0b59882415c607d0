import { AI_USAGE_PATH, type App, aiUsageReport } from "@nexus/service";
import type { AiUsageStore } from "../store/ai-usage-store";
import { requireService } from "./require-service";

export interface AiUsageRoutesOptions {
  readonly aiUsage: AiUsageStore;
  /** The keys that all services share. */
  readonly keys: readonly string[];
}

/** What the AI service counted. */
export function registerAiUsageRoutes(app: App, { aiUsage, keys }: AiUsageRoutesOptions): void {
  app.post(
    AI_USAGE_PATH,
    {
      onRequest: requireService(keys),
      bodyLimit: 64 * 1024,
      schema: {
        tags: ["services"],
        description: "Totals of AI tokens; answers with what is known of these days",
        body: aiUsageReport,
        response: { 200: aiUsageReport },
        errors: ["database_unavailable", "unauthorized"],
      },
    },
    async ({ body }) => ({ days: await aiUsage.take(body.days) }),
  );
}
