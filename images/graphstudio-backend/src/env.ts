import { backendSettings } from "@nexus/contract";
import { envSchema, jwtKeys } from "@nexus/service";
import type { z } from "zod";

/** What the backend reads from its environment. */
export const backendEnv = envSchema(backendSettings).refine((env) => jwtKeys(env).length > 0, {
  path: ["JWT_SECRET_KEY"],
  message: "give the key that signs access tokens, at least 32 characters",
});

export type BackendEnv = z.output<typeof backendEnv>;
