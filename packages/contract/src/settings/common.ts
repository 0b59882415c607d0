import { sslModes } from "../connections";
import { readPlans } from "../plans";
import { MOST_ROTATIONS } from "../rotation";
import { choice, file, flag, forms, integer, text } from "../setting";

export const logLevels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];

const LOG_LEVEL = choice({ at: "logLevel", words: logLevels, default: "info" }, "Log level of the services.");
const LOG_PRETTY = flag(
  { at: "logPretty", default: false },
  "Readable log lines for a person instead of JSON; `npm run logs` makes JSON readable as well.",
);
const CONFIG_DIR = text(
  {
    internal: "for containers outside of this stack; pods get the ConfigMap as variables",
    form: forms.any,
    default: null,
  },
  "Folder with one file for each variable. A variable overrides its file, and the file overrides the default.",
);

/** What every Node.js service reads. */
export const commonSettings = {
  LOG_LEVEL,
  LOG_PRETTY,
  CONFIG_DIR,
  NODE_ENV: text(
    { fixed: "the images set it as well", form: forms.any, default: "production" },
    "Mode of the Node.js libraries.",
  ),
  HTTP_HOST: text(
    { internal: "pods listen on all addresses", form: forms.any, default: "0.0.0.0" },
    "Address to listen on.",
  ),
  POD_NAME: text({ pod: "metadata.name", form: forms.any, default: "local" }, "Name of the pod."),
  SERVICE_VERSION: text(
    { internal: "belongs to the image", form: forms.any, default: "0.1.0" },
    "Version that the service reports.",
  ),
  SHUTDOWN_DRAIN_MS: integer(
    { internal: "every cluster needs about this long", min: 0, max: 60_000, unit: "ms", default: 5000 },
    "Time in which a stopping service still accepts requests, until every node knows that its pod ends.",
  ),
  SHUTDOWN_TIMEOUT_MS: integer(
    { stack: "what the pod's grace period leaves", min: 100, max: 3_600_000, unit: "ms", default: 20_000 },
    "Time after `SHUTDOWN_DRAIN_MS` in which running work may end; then the process ends.",
  ),
  TRILOG_ENABLED: flag({ at: "features.trilog", default: false }, "Send traces of the services to `otelEndpoint`."),
  OTEL_ENDPOINT: text(
    { at: "features.otelEndpoint", form: forms.url, default: "http://otel-collector:4318" },
    "OpenTelemetry collector that takes OTLP over HTTP.",
  ),
};

/** Keys that sign tokens, under either of two names (X5). */
export const keySettings = {
  JWT_SECRET_KEY: text(
    { secret: "`nexus:jwtSecretKey`, or generated", form: forms.signingKey, default: null },
    "Key that signs access tokens.",
  ),
  JWT_SECRET: text(
    { secret: "`nexus:jwtSecretKey`, or generated", form: forms.signingKey, default: null },
    "The same key under another name; `JWT_SECRET_KEY` overrides it.",
  ),
  JWT_SECRET_KEY_PREVIOUS: text(
    { secret: "`nexus:jwtSecretKeyPrevious`, or generated", form: forms.signingKey, default: null },
    "Key that signed access tokens before; its tokens are accepted until the next rotation.",
  ),
  JWT_SECRET_KEY_NEXT: text(
    { secret: "generated", form: forms.signingKey, default: null },
    "Key that signs access tokens after the next rotation. Its tokens are accepted already, because pods change one by one.",
  ),
};

/** The issuer whose tokens are accepted. */
export const authSettings = {
  ...keySettings,
  AUTH_ENABLED: flag(
    { at: "auth.enabled", default: true },
    "Requests need a token. If false, everybody works in one default tenant; staging accepts false only in its own file.",
  ),
  AUTH_ISSUER: text(
    { at: "auth.issuer", form: { ...forms.url, example: "https://login.example.com" }, default: null },
    "Issuer that tokens must name (`iss`). Null accepts the tokens of the backend, and of anybody with the signing key.",
  ),
  AUTH_JWKS_URL: text(
    {
      at: "auth.jwksUrl",
      form: { ...forms.url, example: "https://login.example.com/.well-known/jwks.json" },
      default: null,
    },
    "URL of the issuer's public keys. Null if tokens are signed with the shared `JWT_SECRET`.",
  ),
  AUTH_AUDIENCE: text(
    { at: "auth.audience", form: forms.audience, default: null },
    "Audience that tokens of the issuer must name (`aud`). Null also accepts tokens for other applications.",
  ),
  API_KEYS_URL: text(
    { stack: "from the name of the backend's Service", form: forms.url, default: null },
    "URL of the backend, which knows API keys and who is suspended; without it no API keys are accepted.",
  ),
};

/** The proxies before a service. */
export const proxySettings = {
  TRUSTED_PROXIES: integer(
    { stack: "1 for the studio, 2 if only an Ingress leads to it", min: 0, max: 10, default: 1 },
    "Number of reverse proxies in front whose `X-Forwarded-For` is trusted for the caller's address.",
  ),
};

/** The plans of tenants. */
export const planSettings = {
  PLANS: text(
    {
      stack: "`nexus:plans` as JSON",
      form: { test: (value) => readPlans(value) !== undefined, what: "plans as JSON", example: "{}" },
      default: null,
    },
    "Plans of tenants with their limits. Without it, every tenant has what the other settings allow.",
  ),
};

/** What the kernel holds each tenant to whose plan does not say; the administration of the platform shows it. */
export const tenantSettings = {
  MAX_WORKSPACES_PER_TENANT: integer(
    { at: "kernel.tenants.maxWorkspaces", min: 1, max: 100_000, default: 500 },
    "Maximum number of workspaces of one tenant.",
  ),
  MAX_STORAGE_MB_PER_TENANT: integer(
    { at: "kernel.tenants.maxStorageMb", min: 1, max: 1_000_000, unit: "MiB", default: 1024 },
    "Maximum size of one tenant's data in the database: heaps, state, panels, streams, handlers, snapshots and answers by Idempotency-Key.",
  ),
  STREAM_MAX_MB: integer(
    { at: "kernel.workspaces.streamMaxMb", min: 1, max: 1024, unit: "MiB", default: 4 },
    "Approximate maximum size of the newest events and panel changes of one workspace that are kept for subscribers, at most 1000.",
  ),
};

/** The database connection. */
export const databaseSettings = {
  DATABASE_HOST: text(
    { stack: "the server of this stack, or that of `nexus:databaseUrl`", form: forms.any, default: "postgres" },
    "Host of the database.",
  ),
  DATABASE_PORT: integer({ stack: "as DATABASE_HOST", min: 1, max: 65_535, default: 5432 }, "Port of the database."),
  DATABASE_NAME: text({ stack: "as DATABASE_HOST", form: forms.any, default: "nexus" }, "Name of the database."),
  DATABASE_USER: text(
    { stack: "as DATABASE_HOST; another role after each rotation", form: forms.any, default: "nexus" },
    "User of the database.",
  ),
  DATABASE_PASSWORD: text(
    {
      secret: "`nexus:databasePassword`, the one in `nexus:databaseUrl`, or generated",
      form: { ...forms.any, what: "the password of the database user" },
    },
    "Password of the database user.",
  ),
  DATABASE_POOL_SIZE: integer(
    { at: "postgres.poolSize", min: 2, max: 200, default: 10 },
    "Maximum number of connections of one pod to the database.",
  ),
  DATABASE_SSLMODE: choice(
    { stack: "`sslmode` of `nexus:databaseUrl`", words: sslModes, default: "disable" },
    "Encryption of the connection to the database.",
  ),
  DATABASE_SSLROOTCERT: file(
    {
      stack: "the file that `postgres.caCertificate` is mounted as",
      form: { ...forms.any, what: "the database's certificate authorities in PEM" },
      default: null,
    },
    "File with the trusted certificate authorities; without it, those that Node.js knows.",
  ),
};

/** What programs that only use the database read. */
export const migrationSettings = { LOG_LEVEL, LOG_PRETTY, CONFIG_DIR, ...databaseSettings };

/** What the Job that brings a database schema up to date reads. */
export const migrationJobSettings = {
  ...migrationSettings,
  ROTATION: integer(
    { stack: "`nexus:secrets.rotation`", min: 0, max: MOST_ROTATIONS, default: 0 },
    "How often the secrets were rotated.",
  ),
  DATABASE_PASSWORD_PREVIOUS: text(
    { secret: "generated", form: forms.any, default: null },
    "Password of the role that was used before the last rotation.",
  ),
  DATABASE_PASSWORD_NEXT: text(
    { secret: "generated", form: forms.any, default: null },
    "Password of the role that is used after the next rotation. Without it, roles of the database are not changed, because somebody else runs the server.",
  ),
};

/** What the Job of the backend reads, which also encrypts again what older keys encrypted. */
export const backendJobSettings = {
  ...migrationJobSettings,
  ...keySettings,
  JWT_SECRET_KEY_RETIRED: text(
    { secret: "generated", form: forms.signingKey, default: null },
    "Key before `JWT_SECRET_KEY_PREVIOUS`. It signs nothing and its tokens are refused; what it encrypted is encrypted again.",
  ),
};

/** The Redis connection; data in Redis may be lost. */
export const redisSettings = {
  REDIS_HOST: text(
    { stack: "the server of this stack, or that of `nexus:redisUrl`", form: forms.any, default: "redis" },
    "Host of Redis.",
  ),
  REDIS_PORT: integer({ stack: "as REDIS_HOST", min: 1, max: 65_535, default: 6379 }, "Port of Redis."),
  REDIS_PASSWORD: text(
    { secret: "the one in `nexus:redisUrl`, or generated", form: forms.any, default: null },
    "Password of Redis.",
  ),
  REDIS_TLS: flag({ stack: "`rediss:` in `nexus:redisUrl`", default: false }, "Connect to Redis over TLS."),
  REDIS_TLS_CA_FILE: file(
    {
      stack: "the file that `redis.caCertificate` is mounted as",
      form: { ...forms.any, what: "the certificate authorities of Redis in PEM" },
      default: null,
    },
    "File with the trusted certificate authorities; without it, those that Node.js knows.",
  ),
};
