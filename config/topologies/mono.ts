import type { Preset } from "./preset";

/** One pod per module, limits and log levels of the source (B). There is no backend, so one default tenant. */
export const mono = {
  namespace: "nexus",
  logLevel: "debug",
  auth: { enabled: false },
  kernel: {
    httpPort: 3000,
    logLevel: "debug",
    autoscaling: { minReplicas: 1, maxReplicas: 10 },
    limits: { cpu: "1", memory: "2Gi" },
    workspaces: { perPod: 50, idleTimeoutMs: 1_800_000 },
  },
  graphstudio: {
    backend: { enabled: false },
    frontend: { replicas: 1, logLevel: "info", limits: { cpu: "200m", memory: "256Mi" } },
  },
  nexusOs: {
    httpPort: 4000,
    logLevel: "info",
    autoscaling: { minReplicas: 1, maxReplicas: 3 },
    limits: { cpu: "500m", memory: "1Gi" },
  },
  postgres: { limits: { cpu: "500m", memory: "1Gi" } },
  redis: { limits: { cpu: "100m", memory: "256Mi" } },
  networking: { ingress: { className: "nginx", host: "localhost" } },
} satisfies Preset;
