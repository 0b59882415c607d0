/** CPU and memory, both given. */
export interface Amounts {
  readonly cpu: string;
  readonly memory: string;
}

/** Minimum limits: with less, a pod is killed while it starts, or its probes time out. */
export const leastLimits = {
  kernel: { cpu: "100m", memory: "256Mi" },
  backend: { cpu: "50m", memory: "192Mi" },
  frontend: { cpu: "20m", memory: "32Mi" },
  nexusOs: { cpu: "50m", memory: "192Mi" },
  postgres: { cpu: "50m", memory: "256Mi" },
  redis: { cpu: "20m", memory: "32Mi" },
} as const satisfies Record<string, Amounts>;

/** Memory that a kernel pod needs in addition to its cache and its workspaces. */
export const KERNEL_OWN_MEMORY = "160Mi";
