import { Counter, Gauge, Histogram, type Registry } from "@nexus/service";
import { TenantMetrics } from "./tenant-metrics";

export interface KernelMetrics {
  readonly executions: Counter<"outcome">;
  readonly executionSeconds: Histogram;
  readonly workerRestarts: Counter<"reason">;
  readonly takeovers: Counter<"reason">;
  readonly unloads: Counter<"reason">;
  readonly resumeSeconds: Histogram;
  readonly commitSeconds: Histogram;
  readonly commitWrites: Counter;
  readonly commitBytes: Counter;
  readonly codeCache: Counter<"result">;
  readonly hostCalls: Counter;
  readonly httpCalls: Counter<"outcome">;
  readonly requests: Counter<"served">;
  readonly patches: Counter;
  readonly socketsDropped: Counter<"reason">;
  /** Metrics of the busiest tenants. */
  readonly tenants: TenantMetrics;
  /** Records the largest memory that an execution left a workspace with. */
  readonly sawMemory: (bytes: number) => void;
}

export interface KernelGauges {
  readonly activeWorkspaces: () => number;
  readonly capacity: number;
  readonly sockets: () => number;
  readonly loadedInstances: () => number;
  readonly spareInstances: () => number;
  readonly tenants: () => number;
}

const seconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5, 10];

/**
 * Label values come only from fixed lists, never from ids or names, so that the number of series is constant.
 * @param tenants maximum number of tenants with their own series
 */
export function createKernelMetrics(registry: Registry, tenants = 0): KernelMetrics {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Counter<L>({ name, help, labelNames, registers });
  const histogram = (name: string, help: string) => new Histogram({ name, help, buckets: seconds, registers });
  const peak = new Gauge({
    name: "nexus_workspace_memory_peak_bytes",
    help: "Largest memory of a workspace since the pod started",
    registers,
  });
  let peakBytes = 0;
  return {
    executions: counter("nexus_executions_total", "Executions by outcome: success or the error's code", "outcome"),
    executionSeconds: histogram("nexus_execution_duration_seconds", "Time an execution took inside its sandbox"),
    workerRestarts: counter(
      "nexus_worker_restarts_total",
      "Sandbox workers that were replaced because they hung or died",
      "reason",
    ),
    takeovers: counter(
      "nexus_workspace_takeovers_total",
      "Workspaces this pod took, by the reason why nobody held them",
      "reason",
    ),
    unloads: counter("nexus_workspace_unloads_total", "Workspaces this pod gave up, by reason", "reason"),
    resumeSeconds: histogram("nexus_resume_duration_seconds", "Time to bring a heap back into a sandbox"),
    commitSeconds: histogram("nexus_commit_duration_seconds", "Time of one group commit"),
    commitWrites: counter("nexus_commit_writes_total", "Executions made durable"),
    commitBytes: counter(
      "nexus_commit_bytes_total",
      "Bytes made durable: heap segments, stream entries, state, panels and kept answers",
    ),
    codeCache: counter("nexus_code_cache_lookups_total", "Lookups of prepared handlers by result", "result"),
    hostCalls: counter("nexus_host_calls_total", "Operations of the host that workspaces used"),
    httpCalls: counter("nexus_http_calls_total", "HTTP calls of workspaces by outcome", "outcome"),
    requests: counter("nexus_workspace_requests_total", "Workspace requests by who served them", "served"),
    patches: counter("nexus_panel_messages_total", "Stream entries sent to sockets"),
    socketsDropped: counter("nexus_sockets_dropped_total", "Sockets this pod closed, by reason", "reason"),
    tenants: new TenantMetrics({ registry, limit: tenants }),
    sawMemory: (bytes) => {
      peakBytes = Math.max(peakBytes, bytes);
      peak.set(peakBytes);
    },
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
  gauge("nexus_active_tenants", "Tenants with a workspace on this pod", gauges.tenants);
  gauge("nexus_workspace_capacity", "Workspaces this pod may hold", () => gauges.capacity);
  gauge("nexus_panel_sockets", "Open WebSocket connections", gauges.sockets);
  gauge("nexus_instances_loaded", "Sandbox instances in use", gauges.loadedInstances);
  gauge("nexus_instances_spare", "Pre-warmed sandbox instances", gauges.spareInstances);
}
