import { z } from "zod";
import { flag } from "../fields";
import { leastLimits } from "../least-limits";
import { settingsBelow } from "../settings";
import { autoscaling, logLevel, replicas, resources } from "./shared";

/** The AI service. */
export const nexusOsSection = z.strictObject({
  enabled: flag().describe("Run the AI service.").default(true),
  ...settingsBelow("nexusOs."),
  logLevel: logLevel(),
  autoscaling: autoscaling(1, 3).nullable().describe("The autoscaler; null runs `replicas` pods instead."),
  replicas: replicas().describe("Pods to run where `autoscaling` is null.").default(1),
  ...resources(leastLimits.nexusOs),
});
export type NexusOsSection = z.output<typeof nexusOsSection>;
