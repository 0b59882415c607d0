import { choice, forms, integer, list, text } from "../setting";

/** What the AI gateway reads, in the AI service or in a kernel that serves `/ai/`. */
export const aiSettings = {
  OPENAI_API_KEY: text({ secret: "`nexus:openaiApiKey`", form: forms.apiKey, default: null }, "Key of the OpenAI API."),
  ANTHROPIC_API_KEY: text(
    { secret: "`nexus:anthropicApiKey`", form: forms.apiKey, default: null },
    "Key of the Anthropic API.",
  ),
  AI_BUDGET_TOKENS_PER_DAY: integer(
    { at: "ai.budgetTokensPerDay", min: 1, max: 1_000_000_000_000, default: 200_000 },
    "Maximum number of prompt and answer tokens of one tenant per day (UTC).",
  ),
  AI_BUDGET_PERCENT_WITHOUT_REDIS: integer(
    { at: "ai.budgetPercentWithoutRedis", min: 0, max: 100, unit: "%", default: 10 },
    "Share of the budget that each pod grants by itself while Redis cannot be reached.",
  ),
  AI_CACHE_SECONDS: integer(
    { at: "ai.cacheSeconds", min: 0, max: 86_400, unit: "s", default: 3600 },
    "How long an answer stays in the cache; 0 turns the cache off.",
  ),
  AI_MAX_CONCURRENT: integer(
    { at: "ai.maxConcurrent", min: 1, max: 10_000, default: 64 },
    "Maximum number of answers that one pod writes at once.",
  ),
  AI_MAX_CONCURRENT_PER_TENANT: integer(
    { at: "ai.maxConcurrentPerTenant", min: 1, max: 10_000, default: 8 },
    "Maximum number of answers that one pod writes for one tenant at once.",
  ),
  AI_DEFAULT_MAX_TOKENS: integer(
    { at: "ai.defaultMaxTokens", min: 1, max: 1_000_000, default: 1024 },
    "Maximum length of an answer in tokens, if the request sets none.",
  ),
  AI_MAX_TOKENS: integer(
    { at: "ai.maxTokens", min: 1, max: 1_000_000, default: 8192 },
    "Maximum length of an answer in tokens that a request may ask for.",
  ),
  AI_DEFAULT_PROVIDER: choice(
    { at: "ai.defaultProvider", words: ["openai", "anthropic"], default: "openai" },
    "Provider for requests that name neither provider nor model. Without a key for it, the other one is used.",
  ),
  OPENAI_MODELS: list(
    { at: "ai.openaiModels", form: forms.names, default: "gpt-4.1-mini,gpt-4.1" },
    "Models of OpenAI that callers may use, the default first.",
  ),
  ANTHROPIC_MODELS: list(
    { at: "ai.anthropicModels", form: forms.names, default: "claude-haiku-4-5,claude-sonnet-4-5" },
    "Models of Anthropic that callers may use, the default first.",
  ),
  OPENAI_BASE_URL: text(
    { at: "ai.openaiBaseUrl", form: forms.url, default: "https://api.openai.com/v1" },
    "URL of OpenAI's API, or of a compatible one; with network policies only public addresses can be reached.",
  ),
  ANTHROPIC_BASE_URL: text(
    { at: "ai.anthropicBaseUrl", form: forms.url, default: "https://api.anthropic.com" },
    "URL of Anthropic's API, or of a compatible one.",
  ),
  AI_FIRST_BYTE_TIMEOUT_MS: integer(
    { at: "ai.firstByteTimeoutMs", min: 10, max: 600_000, unit: "ms", default: 30_000 },
    "Maximum time until the provider sends its first byte.",
  ),
  AI_IDLE_TIMEOUT_MS: integer(
    { at: "ai.idleTimeoutMs", min: 10, max: 600_000, unit: "ms", default: 30_000 },
    "Maximum time between two pieces of an answer.",
  ),
  AI_TOTAL_TIMEOUT_MS: integer(
    { at: "ai.totalTimeoutMs", min: 10, max: 3_600_000, unit: "ms", default: 300_000 },
    "Maximum time of a whole answer, further attempts included.",
  ),
  AI_MAX_ANSWER_BYTES: integer(
    { at: "ai.maxAnswerBytes", min: 1024, max: 256 * 1024 * 1024, unit: "bytes", default: 8 * 1024 * 1024 },
    "Maximum size of one answer of a provider.",
  ),
  AI_RETRIES: integer(
    { at: "ai.retries", min: 0, max: 10, default: 2 },
    "Maximum number of further attempts after the first.",
  ),
  AI_RETRY_BASE_MS: integer(
    { at: "ai.retryBaseMs", min: 1, max: 60_000, unit: "ms", default: 500 },
    "Maximum wait before the second attempt; it doubles with each further attempt.",
  ),
  AI_RETRY_MAX_MS: integer(
    { at: "ai.retryMaxMs", min: 1, max: 60_000, unit: "ms", default: 8000 },
    "Maximum wait before any attempt; a provider that asks for a longer wait is not asked again.",
  ),
  AI_BREAKER_FAILURES: integer(
    { at: "ai.breakerFailures", min: 1, max: 1000, default: 5 },
    "Number of failures in a row that open the circuit of a provider.",
  ),
  AI_BREAKER_OPEN_MS: integer(
    { at: "ai.breakerOpenMs", min: 10, max: 600_000, unit: "ms", default: 30_000 },
    "How long the circuit stays open before one request tries the provider again.",
  ),
  SHUTDOWN_ANSWERS_MS: integer(
    { stack: "what `SHUTDOWN_TIMEOUT_MS` leaves", min: 0, max: 3_600_000, unit: "ms", default: 15_000 },
    "Time that running answers have when the service stops; then they end with an error.",
  ),
};
