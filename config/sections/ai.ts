import { z } from "zod";
import { choice, integer, text } from "../fields";

const models = (fallback: string) =>
  text(/^[^\s,]+(,[^\s,]+)*$/, "names separated by commas", fallback).default(fallback);
const url = (fallback: string) => text(/^https?:\/\/\S+$/, "a URL", fallback).default(fallback);

/** Chat and completion, wherever they are served. */
export const aiSection = z
  .strictObject({
    budgetTokensPerDay: integer(1, 1_000_000_000_000, 200_000)
      .describe("Prompt and answer tokens of one tenant in a day (UTC).")
      .default(200_000),
    budgetPercentWithoutRedis: integer(0, 100, 10)
      .describe("Share of the budget that each pod grants by itself while Redis is away, in percent.")
      .default(10),
    cacheSeconds: integer(0, 86_400, 3600)
      .describe("How long an answer stays in the cache, in seconds; 0 turns the cache off.")
      .default(3600),
    maxConcurrent: integer(1, 10_000, 64).describe("Answers that one pod writes at once.").default(64),
    maxConcurrentPerTenant: integer(1, 10_000, 8)
      .describe("Answers that one pod writes for one tenant at once.")
      .default(8),
    defaultMaxTokens: integer(1, 1_000_000, 1024)
      .describe("Length of an answer in tokens when the request does not say.")
      .default(1024),
    maxTokens: integer(1, 1_000_000, 8192)
      .describe("Longest answer in tokens that a request may ask for.")
      .default(8192),
    defaultProvider: choice(["openai", "anthropic"])
      .describe("Who answers a request that names neither provider nor model; without its key, the other one.")
      .default("openai"),
    openaiModels: models("gpt-4.1-mini,gpt-4.1").describe("Models of OpenAI that callers may use, the default first."),
    anthropicModels: models("claude-haiku-4-5,claude-sonnet-4-5").describe(
      "Models of Anthropic that callers may use, the default first.",
    ),
    openaiBaseUrl: url("https://api.openai.com/v1").describe(
      "OpenAI's API, or another that speaks the same; public addresses only, where network policies are on.",
    ),
    anthropicBaseUrl: url("https://api.anthropic.com").describe("Anthropic's API, or another that speaks the same."),
  })
  .prefault({});
export type AiSection = z.output<typeof aiSection>;
