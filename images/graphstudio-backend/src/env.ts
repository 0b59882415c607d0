import { baseFields, databaseFields, integer, jwtFields, jwtKeys, redisFields } from "@nexus/service";
import { z } from "zod";

/** What the backend reads from its environment. */
export const backendEnv = z
  .object({
    ...baseFields,
    ...jwtFields,
    ...databaseFields,
    ...redisFields,
    ACCESS_TOKEN_SECONDS: integer(900, 1, 86_400),
    REFRESH_TOKEN_SECONDS: integer(30 * 86_400, 1, 365 * 86_400),
    /** Attempts a minute of one address on one account. */
    LOGIN_ATTEMPTS_PER_MINUTE: integer(10, 1),
    /** Attempts a minute on one account from all addresses that its owner never logged in from. */
    ACCOUNT_ATTEMPTS_PER_MINUTE: integer(100, 1),
    /** Sign-ups and log-ins a minute of one address, whatever the account: an office shares an address. */
    ADDRESS_ATTEMPTS_PER_MINUTE: integer(120, 1),
    /** Proxies in front that add to X-Forwarded-For: the studio, and an Ingress before it. */
    TRUSTED_PROXIES: integer(1, 0, 10),
  })
  .refine((env) => jwtKeys(env).length > 0, {
    path: ["JWT_SECRET_KEY"],
    message: "give the key that signs access tokens, at least 32 characters",
  });

export type BackendEnv = z.output<typeof backendEnv>;
