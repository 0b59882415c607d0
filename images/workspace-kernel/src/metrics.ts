import { Counter, Gauge, Histogram, type Registry } from "@nexus/service";

export interface KernelMetrics {
  readonly executions: Counter<"outcome">;
  readonly executionSeconds: Histogram;
  readonly workerRestarts: Counter<"reason">;
}

export interface KernelGauges {
  readonly activeWorkspaces: () => number;
  readonly capacity: number;
  readonly sockets: () => number;
}

export function createKernelMetrics(registry: Registry): KernelMetrics {
  const registers = [registry];
  return {
    executions: new Counter({
      name: "nexus_executions_total",
      help: "Executions by outcome: success or the error's code",
      labelNames: ["outcome"],
      registers,
    }),
    executionSeconds: new Histogram({
      name: "nexus_execution_duration_seconds",
      help: "Time an execution took inside its sandbox",
      buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5, 10],
      registers,
    }),
    workerRestarts: new Counter({
      name: "nexus_worker_restarts_total",
      help: "Sandbox workers that were replaced because they hung or died",
      labelNames: ["reason"],
      registers,
    }),
  };
}

export function registerKernelGauges(registry: Registry, gauges: KernelGauges): void {
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  gauge("nexus_active_workspaces", "Workspaces this pod holds", gauges.activeWorkspaces);
  gauge("nexus_workspace_capacity", "Workspaces this pod may hold", () => gauges.capacity);
  gauge("nexus_panel_sockets", "Open WebSocket connections", gauges.sockets);
}
