import { z } from "zod";
import { flag } from "../fields";
import { settingsBelow } from "../settings";
import { type Amounts, leastLimits } from "../least-limits";
import { logLevel, replicas, resources } from "./shared";

const service = (least: Amounts) =>
  z.strictObject({
    enabled: flag().describe("Run this service.").default(true),
    replicas: replicas(),
    logLevel: logLevel(),
    ...resources(least),
  });

/** The studio: accounts behind it, and the web application in front. */
export const graphstudioSection = z.strictObject({
  backend: service(leastLimits.backend)
    .extend(settingsBelow("graphstudio.backend."))
    .describe("Accounts and sessions."),
  frontend: service(leastLimits.frontend).describe("The web application, which passes the API on."),
});
export type GraphstudioSection = z.output<typeof graphstudioSection>;
