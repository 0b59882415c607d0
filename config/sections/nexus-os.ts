import { z } from "zod";
import { flag, integer } from "../fields";
import { autoscaling, logLevel, replicas, resources } from "./shared";

/** The AI service. */
export const nexusOsSection = z.strictObject({
  enabled: flag().describe("Run the AI service.").default(true),
  httpPort: integer(1024, 65_535, 4000).describe("Port of the HTTP API.").default(4000),
  logLevel: logLevel(),
  autoscaling: autoscaling(1, 3).nullable().describe("The autoscaler; null runs `replicas` pods instead."),
  replicas: replicas().describe("Pods to run where `autoscaling` is null.").default(1),
  ...resources(),
});
export type NexusOsSection = z.output<typeof nexusOsSection>;
