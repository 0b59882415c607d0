import { aiFields } from "@nexus/ai";
import { authFields, baseFields, checkAuth, port, redisFields } from "@nexus/service";
import { z } from "zod";

/** What the AI service reads from its environment. */
export const nexusOsEnv = z
  .object({
    ...baseFields,
    HTTP_PORT: port(4000),
    ...authFields,
    ...redisFields,
    ...aiFields,
  })
  .superRefine(checkAuth);

export type NexusOsEnv = z.output<typeof nexusOsEnv>;
