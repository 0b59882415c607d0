import { nexusOsSettings } from "@nexus/contract";
import { checkAuth, envSchema } from "@nexus/service";
import type { z } from "zod";

/** What the AI service reads from its environment. */
export const nexusOsEnv = envSchema(nexusOsSettings).superRefine(checkAuth);

export type NexusOsEnv = z.output<typeof nexusOsEnv>;
