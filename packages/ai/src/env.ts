import type { aiSettings, EnvOf, planSettings } from "@nexus/contract";

/** What the AI gateway reads. */
export type AiEnv = EnvOf<typeof aiSettings> & Partial<EnvOf<typeof planSettings>>;
