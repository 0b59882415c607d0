import { aiFields } from "@nexus/ai";
import { authFields, baseFields, checkAuth, integer, port, redisFields } from "@nexus/service";
import { z } from "zod";

/** What the AI service reads from its environment. */
export const nexusOsEnv = z
  .object({
    ...baseFields,
    HTTP_PORT: port(4000),
    ...authFields,
    ...redisFields,
    ...aiFields,
    /** Time that answers which are being written get when the service stops; then they end with an error. */
    SHUTDOWN_ANSWERS_MS: integer(15_000, 0, 600_000),
  })
  .superRefine(checkAuth);

export type NexusOsEnv = z.output<typeof nexusOsEnv>;
