import { z } from "zod";
import { cpu, integer, memory } from "../fields";

/** What the namespace may take from the cluster. */
export const quotasSection = z
  .strictObject({
    requestsCpu: cpu().describe("CPU that all pods together may request.").default("8"),
    requestsMemory: memory().describe("Memory that all pods together may request.").default("16Gi"),
    limitsCpu: cpu().describe("CPU limits of all pods together.").default("40"),
    limitsMemory: memory().describe("Memory limits of all pods together.").default("40Gi"),
    pods: integer(10, 1000).describe("Pods at the same time.").default(50),
    volumeClaims: integer(1, 100).describe("Volume claims at the same time.").default(10),
  })
  .nullable()
  .default(null);
export type QuotasSection = z.output<typeof quotasSection>;
