import { GRACE_SECONDS } from "@nexus/contract";
import { z } from "zod";
import { choice, integer, memory, text } from "../fields";
import { leastLimits } from "../least-limits";
import { settingsBelow } from "../settings";
import { autoscaling, logLevel, replicas, resources } from "./shared";

/** Other paths need a token or do not exist. */
const probePath = () => choice(["/health", "/ready"]);

const activeWorkspaces = z.strictObject({
  metric: text(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/, "the name of a metric", "nexus_active_workspaces")
    .describe("Metric with which the metrics adapter serves the number of workspaces in a pod.")
    .default("nexus_active_workspaces"),
  average: integer(1, 10_000).describe("Average number of workspaces per pod above which pods are added.").default(35),
});

/** The workspace kernel. */
export const kernelSection = z.strictObject({
  ...settingsBelow("kernel."),
  serviceHttpPort: integer(1, 65_535, 80)
    .describe("The Service's port of the HTTP API; null for that of the pods.")
    .nullable()
    .default(null),
  serviceWsPort: integer(1, 65_535, 3001)
    .describe("The Service's port of the WebSocket API; null for that of the pods.")
    .nullable()
    .default(null),
  logLevel: logLevel(),
  autoscaling: autoscaling(2, 10)
    .extend({
      activeWorkspaces: activeWorkspaces
        .describe(
          "Scaling on active workspaces, if the cluster has a metrics adapter; null scales on CPU and memory alone.",
        )
        .nullable()
        .default(null),
    })
    .nullable()
    .describe("The autoscaler; null runs `replicas` pods instead."),
  replicas: replicas().describe("Pods to run where `autoscaling` is null.").default(1),
  ...resources(leastLimits.kernel),
  livenessPath: probePath().describe("Path whose failure restarts a pod."),
  readinessPath: probePath().describe("Path whose failure takes a pod out of its Service."),
  cacheSize: memory("1Mi", "1Ti")
    .describe("Size of the memory-backed cache; it counts against the memory limit.")
    .default("128Mi"),
  terminationGraceSeconds: integer(25, 3600)
    .describe("Seconds that a pod has to finish its work before it is killed.")
    .default(GRACE_SECONDS),
  workspaces: z
    .strictObject(settingsBelow("kernel.workspaces."))
    .prefault({})
    .describe("Limits of the workspaces in one pod."),
  tenants: z.strictObject(settingsBelow("kernel.tenants.")).prefault({}).describe("Limits of one tenant."),
});
export type KernelSection = z.output<typeof kernelSection>;
