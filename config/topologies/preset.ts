import type { LogLevel } from "@nexus/contract";
import type { z } from "zod";
import type { AiSection } from "../sections/ai";
import type { authSection } from "../sections/auth";
import type { PostgresSection, RedisSection } from "../sections/data";
import type { FeaturesSection } from "../sections/features";
import type { GraphstudioSection } from "../sections/graphstudio";
import type { KernelSection } from "../sections/kernel";
import type { namesSection } from "../sections/names";
import type { NetworkingSection } from "../sections/networking";
import type { NexusOsSection } from "../sections/nexus-os";
import type { PlansSection } from "../sections/plans";
import type { QuotasSection } from "../sections/quotas";

type DeepPartial<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: DeepPartial<T[K]> }
    : T;

/** What a topology sets; everything can still be overridden by the stack. */
export type Preset = DeepPartial<{
  namespace: string;
  names: z.output<typeof namesSection>;
  logLevel: LogLevel;
  auth: z.output<typeof authSection>;
  kernel: KernelSection;
  graphstudio: GraphstudioSection;
  nexusOs: NexusOsSection;
  ai: AiSection;
  plans: PlansSection;
  postgres: PostgresSection;
  redis: RedisSection;
  networking: NetworkingSection;
  quotas: QuotasSection;
  features: FeaturesSection;
}>;
