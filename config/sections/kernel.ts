import { GRACE_SECONDS } from "@nexus/contract";
import { z } from "zod";
import { choice, integer, memory, text } from "../fields";
import { leastLimits } from "../least-limits";
import { settingsBelow } from "../settings";
import { autoscaling, logLevel, replicas, resources } from "./shared";

/** Other paths of the kernel need a token or are not there. */
const probePath = () => choice(["/health", "/ready"]);

const activeWorkspaces = z.strictObject({
  metric: text(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/, "the name of a metric", "nexus_active_workspaces")
    .describe("Name under which the metrics adapter serves the workspaces that a pod holds.")
    .default("nexus_active_workspaces"),
  average: integer(1, 10_000).describe("Workspaces a pod, on average, above which pods are added.").default(35),
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
          "Scale on active workspaces too, where the cluster has a metrics adapter; null for CPU and memory alone.",
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
    .describe("Seconds a pod gets to end its work before it is killed.")
    .default(GRACE_SECONDS),
  workspaces: z
    .strictObject(settingsBelow("kernel.workspaces."))
    .prefault({})
    .describe("Limits of the workspaces in one pod."),
  tenants: z.strictObject(settingsBelow("kernel.tenants.")).prefault({}).describe("Limits of one tenant."),
});
export type KernelSection = z.output<typeof kernelSection>;
