import { readFileSync } from "node:fs";
import { z } from "zod";
import { sslModes } from "./database-tls";

/** A TCP port. 0 asks the system for a free one, which tests use. */
export const port = (fallback: number) =>
  z.coerce
    .number({ error: "give a port from 0 to 65535" })
    .int("give a port from 0 to 65535")
    .min(0, "give a port from 0 to 65535")
    .max(65535, "give a port from 0 to 65535")
    .default(fallback);

/** A whole number with a lower bound and a unit in its name. */
export const integer = (fallback: number, min: number, max = Number.MAX_SAFE_INTEGER) => {
  const rule = max === Number.MAX_SAFE_INTEGER ? `give a whole number, at least ${min}` : `give ${min} to ${max}`;
  return z.coerce.number({ error: rule }).int(rule).min(min, rule).max(max, rule).default(fallback);
};

/** "true" or "false". */
export const flag = (fallback: boolean) =>
  z
    .enum(["true", "false"], { error: "give true or false" })
    .default(fallback ? "true" : "false")
    .transform((value) => value === "true");

/** A string with a default. */
export const text = (fallback: string) => z.string().default(fallback);

/** A string that must be given. */
export const required = (what: string) => z.string({ error: `give ${what}` });

/** The text of a file that the variable names. */
const fileText = (what: string) =>
  z
    .string()
    .transform((path, context) => {
      try {
        return readFileSync(path, "utf8");
      } catch {
        context.addIssue({ code: "custom", message: `give the path of a readable file with ${what}`, input: path });
        return z.NEVER;
      }
    })
    .optional();

const jwtKey = z.string().min(32, "give at least 32 characters: the key signs every session").optional();

const httpUrl = z.url({ protocol: /^https?$/, error: "give an http or https URL" });

/** What every service reads. */
export const baseFields = {
  HTTP_PORT: port(3000),
  HTTP_HOST: text("0.0.0.0"),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error"], { error: "give debug, info, warn or error" }).default("info"),
  LOG_PRETTY: flag(false),
  /** Every node has to hear that a pod is about to end before it takes no more connections. */
  SHUTDOWN_DRAIN_MS: integer(5000, 0, 60_000),
  SHUTDOWN_TIMEOUT_MS: integer(20_000, 100, 600_000),
  POD_NAME: text("local"),
  SERVICE_VERSION: text("0.1.0"),
  /** Sends traces to OTEL_ENDPOINT. */
  TRILOG_ENABLED: flag(false),
  /** Collector that takes OTLP over HTTP. */
  OTEL_ENDPOINT: httpUrl.default("http://otel-collector:4318"),
};

/** The signing key under either of its two names, and the key before it, which stays valid during a rotation. */
export const jwtFields = {
  JWT_SECRET_KEY: jwtKey,
  JWT_SECRET: jwtKey,
  JWT_SECRET_KEY_PREVIOUS: jwtKey,
};

/** Whose tokens are accepted. */
export const authFields = {
  ...jwtFields,
  AUTH_ENABLED: flag(true),
  /** The `iss` of tokens that somebody else signs. */
  AUTH_ISSUER: z.string().optional(),
  /** Public keys of that issuer, as a JSON Web Key Set; without it the issuer signs with the shared key. */
  AUTH_JWKS_URL: httpUrl.optional(),
  /** The `aud` that the issuer's tokens must hold. */
  AUTH_AUDIENCE: z.string().optional(),
};

/** The PostgreSQL connection. */
export const databaseFields = {
  DATABASE_HOST: text("postgres"),
  DATABASE_PORT: port(5432),
  DATABASE_NAME: text("nexus"),
  DATABASE_USER: text("nexus"),
  DATABASE_PASSWORD: required("the password of the database user"),
  DATABASE_POOL_SIZE: integer(10, 2, 200),
  DATABASE_SSLMODE: z.enum(sslModes, { error: `give ${sslModes.join(", ")}` }).default("disable"),
  /** File with the certificate authorities that count; without it those that Node.js knows. */
  DATABASE_SSLROOTCERT: fileText("the database's certificate authorities in PEM"),
};

/** The Redis connection; Redis only ever holds what may be lost. */
export const redisFields = {
  REDIS_HOST: text("redis"),
  REDIS_PORT: port(6379),
  REDIS_PASSWORD: z.string().optional(),
  REDIS_TLS: flag(false),
  /** File with the certificate authorities that count; without it those that Node.js knows. */
  REDIS_TLS_CA_FILE: fileText("the certificate authorities of Redis in PEM"),
};

export interface JwtEnv {
  readonly JWT_SECRET_KEY?: string | undefined;
  readonly JWT_SECRET?: string | undefined;
  readonly JWT_SECRET_KEY_PREVIOUS?: string | undefined;
}

export interface AuthEnv extends JwtEnv {
  readonly AUTH_ENABLED: boolean;
  readonly AUTH_ISSUER?: string | undefined;
  readonly AUTH_JWKS_URL?: string | undefined;
  readonly AUTH_AUDIENCE?: string | undefined;
}

/** For `superRefine`: what the fields of `authFields` need of each other. */
export function checkAuth(env: AuthEnv, context: z.core.$RefinementCtx): void {
  const problem = (key: keyof AuthEnv, message: string) =>
    context.addIssue({ code: "custom", path: [key], message, input: env[key] });
  if (!env.AUTH_ENABLED) return;
  if (env.AUTH_JWKS_URL !== undefined && env.AUTH_ISSUER === undefined)
    problem("AUTH_ISSUER", "give the issuer whose keys AUTH_JWKS_URL serves, as its tokens name it");
  if (env.AUTH_JWKS_URL === undefined && jwtKeys(env).length === 0)
    problem(
      "JWT_SECRET_KEY",
      "give the key that signs access tokens (at least 32 characters), or AUTH_ISSUER and AUTH_JWKS_URL, or set AUTH_ENABLED to false",
    );
}

/** Accepted keys, the signing one first. Empty when none is set. */
export function jwtKeys(env: JwtEnv): string[] {
  return [env.JWT_SECRET_KEY ?? env.JWT_SECRET, env.JWT_SECRET_KEY_PREVIOUS].filter((key) => key !== undefined);
}
