import { standardNames } from "@nexus/contract";
import type { Preset } from "./preset";

/** The kernel alone, hardened, under the names of the source (C, D). Without a database a workspace lives in its pod. */
export const runtime = {
  namespace: "nexus-runtime",
  names: {
    ...standardNames,
    kernel: "nexus-runtime",
    platform: "nexus-runtime",
    settings: "nexus-runtime-config",
    secrets: "nexus-runtime-secrets",
    registry: "nexus-runtime-registry",
  },
  auth: { enabled: true },
  kernel: {
    httpPort: 3000,
    wsPort: 3001,
    serviceHttpPort: 80,
    serviceWsPort: 3001,
    autoscaling: { minReplicas: 2, maxReplicas: 10, cpuPercent: 70, memoryPercent: 80 },
    requests: { cpu: "100m", memory: "256Mi" },
    limits: { cpu: "1", memory: "1Gi" },
    livenessPath: "/health",
    readinessPath: "/health",
    cacheSize: "128Mi",
    workspaces: { memoryLimitMb: 32, httpTimeoutMs: 30_000 },
  },
  graphstudio: { backend: { enabled: false }, frontend: { enabled: false } },
  nexusOs: { enabled: false },
  postgres: { mode: "none" },
  redis: { mode: "none" },
  networking: {
    policyScope: "workload",
    ingress: { className: "nginx", host: "nexus-runtime.localhost", timeoutSeconds: 3600 },
  },
} satisfies Preset;
