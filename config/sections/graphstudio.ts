import { z } from "zod";
import { replicas, resources } from "./shared";

const service = () => z.strictObject({ replicas: replicas(), ...resources() });

/** The studio: accounts behind it, and the web application in front. */
export const graphstudioSection = z.strictObject({
  backend: service().describe("Accounts and sessions."),
  frontend: service().describe("The web application, which passes the API on."),
});
export type GraphstudioSection = z.output<typeof graphstudioSection>;
