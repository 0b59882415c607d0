import { authoritySettings } from "./authorities";
import type { CacheConnection, Connections, DatabaseConnection } from "@nexus/contract";
import type { Values } from "./platform";

/** Keys of the shared ConfigMap that every Node service reads. */
export const commonKeys = [
  ...["LOG_LEVEL", "LOG_PRETTY", "NODE_ENV", "AUTH_ENABLED"],
  ...["AUTH_ISSUER", "AUTH_JWKS_URL", "AUTH_AUDIENCE"],
  ...["TRILOG_ENABLED", "OTEL_ENDPOINT"],
];
/** Keys that say where the database is. */
export const databaseKeys = [
  ...["DATABASE_HOST", "DATABASE_PORT", "DATABASE_NAME", "DATABASE_USER"],
  ...["DATABASE_SSLMODE", "DATABASE_SSLROOTCERT"],
];
/** Keys that say where the cache is. */
export const redisKeys = ["REDIS_HOST", "REDIS_PORT", "REDIS_TLS", "REDIS_TLS_CA_FILE"];
/** Both names of the key that signs tokens (X5), and the key before it during a rotation. */
export const jwtKeys = ["JWT_SECRET_KEY", "JWT_SECRET", "JWT_SECRET_KEY_PREVIOUS"];
/** Keys of the models' providers. */
export const modelKeys = ["OPENAI_API_KEY", "ANTHROPIC_API_KEY"];
/** Keys that say what the AI may cost and whom it asks. */
export const aiKeys = [
  ...["AI_BUDGET_TOKENS_PER_DAY", "AI_BUDGET_PERCENT_WITHOUT_REDIS", "AI_CACHE_SECONDS"],
  ...["AI_MAX_CONCURRENT", "AI_MAX_CONCURRENT_PER_TENANT", "AI_DEFAULT_MAX_TOKENS", "AI_MAX_TOKENS"],
  ...["AI_DEFAULT_PROVIDER", "OPENAI_MODELS", "ANTHROPIC_MODELS", "OPENAI_BASE_URL", "ANTHROPIC_BASE_URL"],
];

/** What the AI may cost, and whom it asks. */
export interface AiLimits {
  /** Prompt and answer tokens of one tenant in a day (UTC). */
  readonly budgetTokensPerDay: number;
  /** Percent of the budget that each pod grants by itself while Redis is away. */
  readonly budgetPercentWithoutRedis: number;
  /** Seconds that an answer stays in the cache; 0 turns it off. */
  readonly cacheSeconds: number;
  /** Answers that one pod writes at once. */
  readonly maxConcurrent: number;
  /** Answers that one pod writes for one tenant at once. */
  readonly maxConcurrentPerTenant: number;
  /** Length of an answer in tokens when the request does not say. */
  readonly defaultMaxTokens: number;
  /** Longest answer in tokens that a request may ask for. */
  readonly maxTokens: number;
  /** Who answers a request that names neither provider nor model: "openai" or "anthropic". */
  readonly defaultProvider: string;
  /** Models that callers may use, separated by commas, the default one first. */
  readonly openaiModels: string;
  readonly anthropicModels: string;
  readonly openaiBaseUrl: string;
  readonly anthropicBaseUrl: string;
}

function aiSettings(ai: AiLimits): Values {
  return {
    AI_BUDGET_TOKENS_PER_DAY: String(ai.budgetTokensPerDay),
    AI_BUDGET_PERCENT_WITHOUT_REDIS: String(ai.budgetPercentWithoutRedis),
    AI_CACHE_SECONDS: String(ai.cacheSeconds),
    AI_MAX_CONCURRENT: String(ai.maxConcurrent),
    AI_MAX_CONCURRENT_PER_TENANT: String(ai.maxConcurrentPerTenant),
    AI_DEFAULT_MAX_TOKENS: String(ai.defaultMaxTokens),
    AI_MAX_TOKENS: String(ai.maxTokens),
    AI_DEFAULT_PROVIDER: ai.defaultProvider,
    OPENAI_MODELS: ai.openaiModels,
    ANTHROPIC_MODELS: ai.anthropicModels,
    OPENAI_BASE_URL: ai.openaiBaseUrl,
    ANTHROPIC_BASE_URL: ai.anthropicBaseUrl,
  };
}

/** Parts of the platform that can be on or off. */
export interface Features {
  readonly trilog: boolean;
  readonly otelEndpoint: string;
}

/** Who may call. */
export interface Auth {
  /** Calls need a token; without, everybody works in one default tenant. */
  readonly enabled: boolean;
  /** Issuer that tokens must name; null for the backend's own. */
  readonly issuer: string | null;
  /** Public keys of that issuer; null for the shared signing key. */
  readonly jwksUrl: string | null;
  /** Audience that tokens of the issuer must name; null for any. */
  readonly audience: string | null;
}

export interface CommonSettings extends Connections {
  readonly logLevel: string;
  readonly features: Features;
  readonly auth: Auth;
  /** Bounds of the AI; null where nobody serves it. */
  readonly ai: AiLimits | null;
}

/** The settings that several services read (A26-A29); what the topology lacks has no key. */
export function commonSettings({ logLevel, features, auth, ai, database, cache }: CommonSettings): Values {
  return {
    LOG_LEVEL: logLevel,
    LOG_PRETTY: "false",
    NODE_ENV: "production",
    AUTH_ENABLED: String(auth.enabled),
    ...(auth.issuer === null ? {} : { AUTH_ISSUER: auth.issuer }),
    ...(auth.jwksUrl === null ? {} : { AUTH_JWKS_URL: auth.jwksUrl }),
    ...(auth.audience === null ? {} : { AUTH_AUDIENCE: auth.audience }),
    TRILOG_ENABLED: String(features.trilog),
    OTEL_ENDPOINT: features.otelEndpoint,
    ...(database ? databaseSettings(database) : {}),
    ...(cache ? cacheSettings(cache) : {}),
    ...(ai ? aiSettings(ai) : {}),
    ...authoritySettings({ database, cache }),
  };
}

function databaseSettings({ host, port, name, user, sslMode }: DatabaseConnection): Values {
  const settings = { DATABASE_HOST: host, DATABASE_PORT: String(port), DATABASE_NAME: name, DATABASE_USER: user };
  return sslMode === null ? settings : { ...settings, DATABASE_SSLMODE: sslMode };
}

function cacheSettings({ host, port, tls }: CacheConnection): Values {
  return { REDIS_HOST: host, REDIS_PORT: String(port), ...(tls ? { REDIS_TLS: "true" } : {}) };
}

/** A service's own log level, where it does not take the shared one. */
export function ownLogLevel(logLevel: string | null): Values {
  return logLevel === null ? {} : { LOG_LEVEL: logLevel };
}
