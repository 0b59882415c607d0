import { aiFields } from "@nexus/ai";
import { baseFields, flag, integer, jwtFields, jwtKeys, port, redisFields } from "@nexus/service";
import { z } from "zod";

/** What the AI service reads from its environment. */
export const nexusOsEnv = z
  .object({
    ...baseFields,
    HTTP_PORT: port(4000),
    ...jwtFields,
    AUTH_ENABLED: flag(true),
    ...redisFields,
    ...aiFields,
    /** Time that answers which are being written get when the service stops; then they end with an error. */
    SHUTDOWN_ANSWERS_MS: integer(15_000, 0, 600_000),
  })
  .refine((env) => !env.AUTH_ENABLED || jwtKeys(env).length > 0, {
    path: ["JWT_SECRET_KEY"],
    message: "give the key that signs access tokens (at least 32 characters), or set AUTH_ENABLED to false",
  });

export type NexusOsEnv = z.output<typeof nexusOsEnv>;
