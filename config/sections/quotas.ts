import { z } from "zod";
import { cpu, integer, memory } from "../fields";

const totalCpu = () => cpu("100m", "100000");
const totalMemory = () => memory("1Mi", "1024Ti");

/** What the namespace may take from the cluster. */
export const quotasSection = z
  .strictObject({
    requestsCpu: totalCpu().describe("CPU that all pods together may request.").default("8"),
    requestsMemory: totalMemory().describe("Memory that all pods together may request.").default("16Gi"),
    limitsCpu: totalCpu().describe("CPU limits of all pods together.").default("40"),
    limitsMemory: totalMemory().describe("Memory limits of all pods together.").default("40Gi"),
    pods: integer(10, 1000).describe("Pods at the same time.").default(50),
    volumeClaims: integer(1, 100).describe("Volume claims at the same time.").default(10),
  })
  .nullable()
  .default(null);
export type QuotasSection = z.output<typeof quotasSection>;
