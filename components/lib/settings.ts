import type { CacheConnection, Connections, DatabaseConnection } from "./connections";
import type { Values } from "./environment";

/** Keys of the shared ConfigMap that every Node service reads. */
export const commonKeys = [
  ...["LOG_LEVEL", "LOG_PRETTY", "NODE_ENV", "AUTH_ENABLED", "AUTH_ISSUER", "AUTH_JWKS_URL"],
  ...["TRILOG_ENABLED", "OTEL_ENDPOINT"],
];
/** Keys that say where the database is. */
export const databaseKeys = [
  ...["DATABASE_HOST", "DATABASE_PORT", "DATABASE_NAME", "DATABASE_USER", "DATABASE_SSLMODE"],
];
/** Keys that say where the cache is. */
export const redisKeys = ["REDIS_HOST", "REDIS_PORT", "REDIS_TLS"];
/** Both names of the key that signs tokens (X5). */
export const jwtKeys = ["JWT_SECRET_KEY", "JWT_SECRET"];
/** Keys of the models' providers. */
export const modelKeys = ["OPENAI_API_KEY", "ANTHROPIC_API_KEY"];

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
}

export interface CommonSettings extends Connections {
  readonly logLevel: string;
  readonly features: Features;
  readonly auth: Auth;
}

/** The settings that several services read (A26-A29); what the topology lacks has no key. */
export function commonSettings({ logLevel, features, auth, database, cache }: CommonSettings): Values {
  return {
    LOG_LEVEL: logLevel,
    LOG_PRETTY: "false",
    NODE_ENV: "production",
    AUTH_ENABLED: String(auth.enabled),
    ...(auth.issuer === null ? {} : { AUTH_ISSUER: auth.issuer }),
    ...(auth.jwksUrl === null ? {} : { AUTH_JWKS_URL: auth.jwksUrl }),
    TRILOG_ENABLED: String(features.trilog),
    OTEL_ENDPOINT: features.otelEndpoint,
    ...(database ? databaseSettings(database) : {}),
    ...(cache ? cacheSettings(cache) : {}),
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
