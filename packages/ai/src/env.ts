import type { aiSettings, EnvOf } from "@nexus/contract";

/** What the AI gateway reads. */
export type AiEnv = EnvOf<typeof aiSettings>;
