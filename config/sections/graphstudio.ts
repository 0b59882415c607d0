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

/** The studio: accounts and the web application. */
export const graphstudioSection = z.strictObject({
  backend: service(leastLimits.backend)
    .extend(settingsBelow("graphstudio.backend."))
    .describe("Accounts and sessions."),
  frontend: service(leastLimits.frontend).describe("The web application, which is also the proxy for the API."),
});
export type GraphstudioSection = z.output<typeof graphstudioSection>;
