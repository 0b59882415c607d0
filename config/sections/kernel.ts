import { z } from "zod";
import { integer, memory, text } from "../fields";
import { replicas, resources } from "./shared";

const path = (example: string) => text(/^\/\S*$/, "a path that begins with /", example);

const autoscaling = z.strictObject({
  minReplicas: integer(1, 100, 2).describe("Fewest pods. From 2 on, a disruption budget keeps one running."),
  maxReplicas: integer(1, 100, 10).describe("Most pods."),
  cpuPercent: integer(1, 100, 70)
    .describe("Average CPU use, in percent of the request, above which pods are added.")
    .default(70),
  memoryPercent: integer(1, 100, 80)
    .describe("Average memory use, in percent of the request, above which pods are added.")
    .default(80),
  scaleUpPercent: integer(1, 1000, 50).describe("Most pods added in 60 s, in percent.").default(50),
  scaleDownPercent: integer(1, 100, 25).describe("Most pods removed in 60 s, in percent.").default(25),
});

const workspaces = z
  .strictObject({
    perPod: integer(1, 10_000, 50).describe("Most loaded workspaces of one pod.").default(50),
    idleTimeoutMs: integer(100, 2 ** 31 - 1, 1_800_000)
      .describe("Milliseconds without activity until a workspace is unloaded.")
      .default(1_800_000),
    memoryLimitMb: integer(17, 2048, 32).describe("Memory of one workspace, in MiB.").default(32),
    executionTimeoutMs: integer(10, 600_000, 5000).describe("Longest execution, in milliseconds.").default(5000),
    maxInstances: integer(1, 10_000, 50).describe("Most sandbox instances of one pod.").default(50),
  })
  .prefault({});

/** The workspace kernel. */
export const kernelSection = z.strictObject({
  httpPort: integer(1024, 65_535, 3000).describe("Port of the HTTP API."),
  wsPort: integer(1024, 65_535, 3001).describe("Port of the WebSocket API."),
  autoscaling: autoscaling.nullable().describe("The autoscaler; null runs `replicas` pods instead."),
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
