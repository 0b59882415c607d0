import { Counter, Histogram, type Registry } from "@nexus/service";

export interface AiMetrics {
  readonly registry: Registry;
  readonly answers: Counter<"provider" | "outcome">;
  readonly tokens: Counter<"provider" | "direction">;
  readonly retries: Counter<"provider">;
  readonly cache: Counter<"result">;
  readonly firstText: Histogram<"provider">;
}

/** Labels have few values, so tenants and models are not labels. */
export function createAiMetrics(registry: Registry): AiMetrics {
  const registers = [registry];
  return {
    registry,
    answers: new Counter({
      name: "nexus_ai_answers_total",
      help: "Answers by how they ended: ok, cached or the code of the error",
      labelNames: ["provider", "outcome"],
      registers,
    }),
    tokens: new Counter({
      name: "nexus_ai_tokens_total",
      help: "Tokens charged to budgets",
      labelNames: ["provider", "direction"],
      registers,
    }),
    retries: new Counter({
      name: "nexus_ai_retries_total",
      help: "Further attempts at a provider",
      labelNames: ["provider"],
      registers,
    }),
    cache: new Counter({
      name: "nexus_ai_cache_total",
      help: "Requests whose answer may be in the cache, by hit or miss",
      labelNames: ["result"],
      registers,
    }),
    firstText: new Histogram({
      name: "nexus_ai_first_text_seconds",
      help: "Time until the provider sent the first piece of text, further attempts included",
      labelNames: ["provider"],
      buckets: [0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60],
      registers,
    }),
  };
}
