import { z } from "zod";

/** Where the AI service reports the tokens of tenants, below the URL of the backend. */
export const AI_USAGE_PATH = "/internal/ai-usage";

/** The most tenants and days of one report. */
export const MOST_AI_DAYS = 200;

/** Tokens of one tenant on one day (UTC), all that were counted so far. */
export const aiUsageReport = z.object({
  days: z
    .array(z.object({ tenantId: z.uuid(), day: z.iso.date(), tokens: z.int().min(0).max(Number.MAX_SAFE_INTEGER) }))
    .max(MOST_AI_DAYS),
});
export type AiUsageReport = z.output<typeof aiUsageReport>;
