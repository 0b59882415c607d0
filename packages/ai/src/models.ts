import { ServiceError } from "@nexus/service";
import type { AiEnv } from "./env";
import { type ChatBody, type Message, type ModelList, type ProviderName, providerNames } from "./schemas";

/** A request with every field filled in: equal requests have equal fields in equal order. */
export interface AiRequest {
  readonly provider: ProviderName;
  readonly model: string;
  readonly messages: readonly Message[];
  readonly maxTokens: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly stop?: readonly string[];
}

interface ProviderSettings {
  readonly key: string | undefined;
  readonly models: readonly string[];
}

function settings(env: AiEnv): Record<ProviderName, ProviderSettings> {
  return {
    openai: { key: env.OPENAI_API_KEY, models: env.OPENAI_MODELS },
    anthropic: { key: env.ANTHROPIC_API_KEY, models: env.ANTHROPIC_MODELS },
  };
}

/** The provider for requests that name none; undefined if no key is set. */
function defaultProvider(env: AiEnv): ProviderName | undefined {
  const providers = settings(env);
  const preferred = [env.AI_DEFAULT_PROVIDER, ...providerNames];
  return preferred.find((name) => providers[name].key !== undefined);
}

/** The models that can be used; empty without a key. */
export function listModels(env: AiEnv): ModelList {
  const providers = settings(env);
  const chosen = defaultProvider(env);
  const models = providerNames
    .filter((provider) => providers[provider].key !== undefined)
    .flatMap((provider) =>
      providers[provider].models.map((model, index) => ({
        provider,
        model,
        default: provider === chosen && index === 0,
      })),
    );
  return { configured: chosen !== undefined, models };
}

function invalid(field: string, message: string): ServiceError {
  return new ServiceError("validation_failed", { detail: `${field}: ${message}`, errors: [{ field, message }] });
}

function chooseProvider(body: ChatBody, env: AiEnv): ProviderName {
  const { model, provider } = body;
  const fallback = defaultProvider(env);
  if (fallback === undefined) {
    throw new ServiceError("ai_not_configured", { detail: "Neither OPENAI_API_KEY nor ANTHROPIC_API_KEY is set" });
  }
  if (provider !== undefined) return provider;
  if (model === undefined) return fallback;
  const owners = providerNames.filter((name) => settings(env)[name].models.includes(model));
  return owners.find((name) => settings(env)[name].key !== undefined) ?? owners[0] ?? fallback;
}

/** Fills in the fields that the caller left out, and refuses values that the operator does not allow. */
export function resolveRequest(body: ChatBody, env: AiEnv): AiRequest {
  const provider = chooseProvider(body, env);
  const { key, models } = settings(env)[provider];
  const model = body.model ?? models[0] ?? "";
  if (!models.includes(model)) throw invalid("model", `give one of ${models.join(", ")}`);
  if (key === undefined) {
    const variable = provider === "openai" ? "OPENAI_API_KEY" : "ANTHROPIC_API_KEY";
    throw new ServiceError("ai_not_configured", { detail: `${variable} is not set` });
  }
  const maxTokens = body.maxTokens ?? Math.min(env.AI_DEFAULT_MAX_TOKENS, env.AI_MAX_TOKENS);
  if (maxTokens > env.AI_MAX_TOKENS) throw invalid("maxTokens", `give at most ${env.AI_MAX_TOKENS}`);
  if (provider === "anthropic" && (body.temperature ?? 0) > 1) throw invalid("temperature", "give 0 to 1");
  return {
    provider,
    model,
    messages: body.messages.map(({ role, content }) => ({ role, content })),
    maxTokens,
    ...(body.temperature === undefined ? {} : { temperature: body.temperature }),
    ...(body.topP === undefined ? {} : { topP: body.topP }),
    ...(body.stop === undefined ? {} : { stop: body.stop }),
  };
}
