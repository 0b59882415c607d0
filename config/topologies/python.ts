import type { Preset } from "./preset";

/** Frontend, backend and kernel side by side, with the requests of the source (A); the kernel has the AI as a library. */
export const python = {
  namespace: "nexus-python",
  kernel: {
    httpPort: 8000,
    ai: true,
    autoscaling: {
      minReplicas: 1,
      maxReplicas: 10,
      cpuPercent: 70,
      memoryPercent: 80,
      scaleUpPercent: 50,
      scaleDownPercent: 25,
    },
    requests: { cpu: "500m", memory: "512Mi" },
    limits: { cpu: "2", memory: "2Gi" },
    workspaces: { perPod: 50, idleTimeoutMs: 1_800_000 },
  },
  graphstudio: {
    backend: {
      replicas: 1,
      requests: { cpu: "200m", memory: "256Mi" },
      limits: { cpu: "500m", memory: "512Mi" },
    },
    frontend: {
      replicas: 1,
      requests: { cpu: "100m", memory: "128Mi" },
      limits: { cpu: "200m", memory: "256Mi" },
    },
  },
  nexusOs: { enabled: false },
  postgres: {
    storage: "10Gi",
    requests: { cpu: "250m", memory: "512Mi" },
    limits: { cpu: "500m", memory: "1Gi" },
  },
  redis: {
    requests: { cpu: "100m", memory: "128Mi" },
    limits: { cpu: "200m", memory: "256Mi" },
  },
  networking: { nodePort: 30_080, ingress: { className: "nginx", host: "localhost" } },
  features: { trilog: false, otelEndpoint: "http://otel-collector:4318" },
} satisfies Preset;
