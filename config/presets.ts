import type { PostgresSection, RedisSection } from "./sections/data";
import type { FeaturesSection } from "./sections/features";
import type { GraphstudioSection } from "./sections/graphstudio";
import type { KernelSection } from "./sections/kernel";
import type { NetworkingSection } from "./sections/networking";
import type { QuotasSection } from "./sections/quotas";

type DeepPartial<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: DeepPartial<T[K]> }
    : T;

/** What a topology sets; everything can still be overridden by the stack. */
export type Preset = DeepPartial<{
  namespace: string;
  kernel: KernelSection;
  graphstudio: GraphstudioSection;
  postgres: PostgresSection;
  redis: RedisSection;
  networking: NetworkingSection;
  quotas: QuotasSection;
  features: FeaturesSection;
}>;

const small = { cpu: "50m", memory: "128Mi" };

/** The whole platform with security, WebSockets and two kernel pods at least. */
const full = {
  namespace: "nexus",
  kernel: {
    httpPort: 3000,
    wsPort: 3001,
    autoscaling: { minReplicas: 2, maxReplicas: 10 },
    requests: { cpu: "100m", memory: "512Mi" },
    limits: { cpu: "2", memory: "2Gi" },
    livenessPath: "/health",
    readinessPath: "/ready",
  },
  graphstudio: {
    backend: { replicas: 1, requests: { cpu: "100m", memory: "256Mi" }, limits: { cpu: "500m", memory: "512Mi" } },
    frontend: { replicas: 1, requests: small, limits: { cpu: "200m", memory: "256Mi" } },
  },
  postgres: { requests: { cpu: "100m", memory: "512Mi" }, limits: { cpu: "500m", memory: "1Gi" } },
  redis: { requests: small, limits: { cpu: "200m", memory: "256Mi" } },
} satisfies Preset;

/** Topologies by name. A new one is a new object here. */
export const presets = { full } satisfies Record<string, Preset>;
export type PresetName = keyof typeof presets;
export const presetNames = Object.keys(presets) as [PresetName, ...PresetName[]];
