import { integer } from "@nexus/service";
import { z } from "zod";

/** A key goes into a header as it is, so what a header cannot carry is refused at the start. */
const apiKey = z
  .string()
  .regex(/^[\x21-\x7e]+$/, "give the key alone, without spaces or line breaks")
  .optional();

const baseUrl = (fallback: string) =>
  z
    .url({ protocol: /^https?$/, error: "give an http or https URL" })
    .default(fallback)
    .transform((url) => url.replace(/(?<!\/)\/+$/, ""));

const models = (fallback: string) =>
  z
    .string()
    .default(fallback)
    .transform((list) => list.split(",").map((name) => name.trim()))
    .refine((names) => names.every((name) => name !== "") && new Set(names).size === names.length, {
      message: "give model names separated by commas, each once",
    });

/** What the AI gateway reads. */
export const aiFields = {
  OPENAI_API_KEY: apiKey,
  ANTHROPIC_API_KEY: apiKey,
  OPENAI_BASE_URL: baseUrl("https://api.openai.com/v1"),
  ANTHROPIC_BASE_URL: baseUrl("https://api.anthropic.com"),
  /** Models that callers may use, the default one first. */
  OPENAI_MODELS: models("gpt-4.1-mini,gpt-4.1"),
  ANTHROPIC_MODELS: models("claude-haiku-4-5,claude-sonnet-4-5"),
  /** Who answers a request that names neither provider nor model; without its key, the other one. */
  AI_DEFAULT_PROVIDER: z.enum(["openai", "anthropic"], { error: "give openai or anthropic" }).default("openai"),
  /** Length of an answer in tokens when the request does not say. */
  AI_DEFAULT_MAX_TOKENS: integer(1024, 1, 1_000_000),
  /** Longest answer in tokens that a request may ask for. */
  AI_MAX_TOKENS: integer(8192, 1, 1_000_000),
  /** Prompt and answer tokens of one tenant in a day (UTC). */
  AI_BUDGET_TOKENS_PER_DAY: integer(200_000, 1),
  /** Share of the budget that each pod grants by itself while Redis is away. */
  AI_BUDGET_PERCENT_WITHOUT_REDIS: integer(10, 0, 100),
  /** How long an answer stays in the cache; 0 turns the cache off. */
  AI_CACHE_SECONDS: integer(3600, 0, 86_400),
  /** Answers that one pod writes at once. */
  AI_MAX_CONCURRENT: integer(64, 1, 10_000),
  /** Answers that one pod writes for one tenant at once. */
  AI_MAX_CONCURRENT_PER_TENANT: integer(8, 1, 10_000),
  /** Until the provider sends its first byte. */
  AI_FIRST_BYTE_TIMEOUT_MS: integer(30_000, 10, 600_000),
  /** Between two pieces of an answer. */
  AI_IDLE_TIMEOUT_MS: integer(30_000, 10, 600_000),
  /** A whole answer, further attempts included. */
  AI_TOTAL_TIMEOUT_MS: integer(300_000, 10, 3_600_000),
  /** What the provider may send for one answer. */
  AI_MAX_ANSWER_BYTES: integer(8 * 1024 * 1024, 1024, 256 * 1024 * 1024),
  /** Further attempts after the first. */
  AI_RETRIES: integer(2, 0, 10),
  /** Upper bound of the wait before the first further attempt; it doubles with each. */
  AI_RETRY_BASE_MS: integer(500, 1, 60_000),
  /** Longest wait; a provider that asks for a longer one is not asked again. */
  AI_RETRY_MAX_MS: integer(8000, 1, 60_000),
  /** Failures in a row after which a provider is left alone. */
  AI_BREAKER_FAILURES: integer(5, 1, 1000),
  /** How long it is left alone before one request tries it again. */
  AI_BREAKER_OPEN_MS: integer(30_000, 10, 600_000),
  /** Time that answers which are being written get when the service stops; then they end with an error. */
  SHUTDOWN_ANSWERS_MS: integer(15_000, 0, 600_000),
};

export type AiEnv = z.output<z.ZodObject<typeof aiFields>>;
