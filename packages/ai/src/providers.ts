import { Gauge, type Logger } from "@nexus/service";
import type { AiEnv } from "./env";
import type { AiMetrics } from "./metrics";
import { Resilience } from "./resilience";
import { type ProviderName, providerNames } from "./schemas";
import type { Provider } from "./upstream";
import { anthropic } from "./wire/anthropic";
import { openai } from "./wire/openai";

/** A provider with its retries, its circuit breaker and its limits. */
export interface ProviderAccess {
  readonly provider: Provider;
  readonly resilience: Resilience;
}

export function createProviders(env: AiEnv, log: Logger, metrics: AiMetrics): Record<ProviderName, ProviderAccess> {
  const access = (provider: Provider): ProviderAccess => {
    const name = provider.format.provider;
    const resilience = new Resilience({
      provider: name,
      retries: env.AI_RETRIES,
      baseMs: env.AI_RETRY_BASE_MS,
      maxMs: env.AI_RETRY_MAX_MS,
      breakerFailures: env.AI_BREAKER_FAILURES,
      breakerOpenMs: env.AI_BREAKER_OPEN_MS,
      onRetry: () => metrics.retries.inc({ provider: name }),
      onCircuit: (state) => log.warn({ provider: name, state }, `the circuit of ${name} is ${state}`),
    });
    return { provider, resilience };
  };
  const base = (url: string) => url.replace(/(?<!\/)\/+$/, "");
  const providers = {
    openai: access({ format: openai, baseUrl: base(env.OPENAI_BASE_URL), key: env.OPENAI_API_KEY ?? "" }),
    anthropic: access({ format: anthropic, baseUrl: base(env.ANTHROPIC_BASE_URL), key: env.ANTHROPIC_API_KEY ?? "" }),
  };
  new Gauge({
    name: "nexus_ai_circuit_open",
    help: "1 while the circuit of a provider is open, because it failed repeatedly",
    labelNames: ["provider"],
    registers: [metrics.registry],
    collect() {
      for (const name of providerNames) this.set({ provider: name }, providers[name].resilience.open);
    },
  });
  return providers;
}
