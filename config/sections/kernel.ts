import { z } from "zod";
import { flag, integer, memory, text } from "../fields";
import { autoscaling, logLevel, replicas, resources } from "./shared";

const path = (example: string) => text(/^\/\S*$/, "a path that begins with /", example);

const activeWorkspaces = z.strictObject({
  metric: text(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/, "the name of a metric", "nexus_active_workspaces")
    .describe("Name under which the metrics adapter serves the workspaces that a pod holds.")
    .default("nexus_active_workspaces"),
  average: integer(1, 10_000, 35).describe("Workspaces a pod, on average, above which pods are added.").default(35),
});

const workspaces = z
  .strictObject({
    perPod: integer(1, 10_000, 50).describe("Most loaded workspaces of one pod.").default(50),
    idleTimeoutMs: integer(100, 2 ** 31 - 1, 1_800_000)
      .describe("Milliseconds without activity until a workspace is unloaded.")
      .default(1_800_000),
    memoryLimitMb: integer(17, 2048, 32).describe("Memory of one workspace, in MiB.").default(32),
    executionTimeoutMs: integer(10, 600_000, 5000).describe("Longest execution, in milliseconds.").default(5000),
    minInstances: integer(0, 1000, 4).describe("Sandbox instances of one pod that are kept ready.").default(4),
    maxInstances: integer(1, 10_000, 50).describe("Most sandbox instances of one pod.").default(50),
    httpMaxConcurrent: integer(1, 10_000, 10).describe("Outgoing HTTP calls of one pod at the same time.").default(10),
    httpTimeoutMs: integer(100, 600_000, 30_000)
      .describe("Longest outgoing HTTP call, in milliseconds.")
      .default(30_000),
    maxSockets: integer(1, 100_000, 10_000).describe("WebSocket connections of one pod.").default(10_000),
    tenantMetrics: integer(0, 1000, 20)
      .describe("Busiest tenants that have series of their own in the metrics of a pod; 0 for none.")
      .default(20),
    cacheMaxMb: integer(1, 10_000, 64)
      .describe("Prepared handlers that one pod keeps in its cache volume, in MiB.")
      .default(64),
    ephemeralMaxMb: integer(1, 1_000_000, 256)
      .describe("Memory of one pod for workspaces that nobody uses, where there is no database, in MiB.")
      .default(256),
    workerThreads: integer(1, 64, 4)
      .describe("Threads of one pod that run workspaces; null for one a core, at most 4.")
      .nullable()
      .default(null),
    leaseMs: integer(300, 600_000, 15_000)
      .describe("How long a pod that went silent still owns its workspaces, in milliseconds.")
      .default(15_000),
  })
  .prefault({});

/** The workspace kernel. */
export const kernelSection = z.strictObject({
  httpPort: integer(1024, 65_535, 3000).describe("Port of the HTTP API."),
  wsPort: integer(1024, 65_535, 3001).describe("Port of the WebSocket API."),
  serviceHttpPort: integer(1, 65_535, 80)
    .describe("The Service's port of the HTTP API; null for that of the pods.")
    .nullable()
    .default(null),
  serviceWsPort: integer(1, 65_535, 3001)
    .describe("The Service's port of the WebSocket API; null for that of the pods.")
    .nullable()
    .default(null),
  ai: flag().describe("Serve `/ai/` from the kernel, where there is no AI service of its own.").default(false),
  logLevel: logLevel(),
  autoscaling: autoscaling(2, 10)
    .extend({
      activeWorkspaces: activeWorkspaces
        .describe(
          "Scale on active workspaces too, where the cluster has a metrics adapter; null for CPU and memory alone.",
        )
        .nullable()
        .default(null),
    })
    .nullable()
    .describe("The autoscaler; null runs `replicas` pods instead."),
  replicas: replicas().describe("Pods to run where `autoscaling` is null.").default(1),
  ...resources(),
  livenessPath: path("/health").describe("Path whose failure restarts a pod."),
  readinessPath: path("/ready").describe("Path whose failure takes a pod out of its Service."),
  cacheSize: memory().describe("Size of the memory-backed cache; it counts against the memory limit.").default("128Mi"),
  terminationGraceSeconds: integer(25, 3600, 30)
    .describe("Seconds a pod gets to end its work before it is killed.")
    .default(30),
  workspaces: workspaces.describe("Limits of the workspaces in one pod."),
});
export type KernelSection = z.output<typeof kernelSection>;
