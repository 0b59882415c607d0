import { standardNames, standardPlans } from "@nexus/contract";
import type { Preset } from "./preset";

/**
 * The whole platform with security, WebSockets and at least two kernel pods (values of A, else of C and D, else of B).
 * Requests are small enough for two cores.
 */
export const full = {
  namespace: "nexus",
  names: standardNames,
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
    backend: {
      replicas: 1,
      requests: { cpu: "100m", memory: "256Mi" },
      limits: { cpu: "500m", memory: "512Mi" },
    },
    frontend: {
      replicas: 1,
      requests: { cpu: "50m", memory: "128Mi" },
      limits: { cpu: "200m", memory: "256Mi" },
    },
  },
  nexusOs: {
    httpPort: 4000,
    logLevel: "info",
    autoscaling: { minReplicas: 1, maxReplicas: 3 },
    requests: { cpu: "50m", memory: "256Mi" },
    limits: { cpu: "500m", memory: "1Gi" },
  },
  plans: standardPlans,
  postgres: {
    requests: { cpu: "100m", memory: "512Mi" },
    limits: { cpu: "500m", memory: "1Gi" },
  },
  redis: {
    requests: { cpu: "50m", memory: "128Mi" },
    limits: { cpu: "200m", memory: "256Mi" },
  },
} satisfies Preset;
