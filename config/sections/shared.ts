import { z } from "zod";
import { cpu, integer, memory } from "../fields";

/** CPU and memory of one pod; the preset gives the values that a stack does not set. */
const amount = (what: string) =>
  z.strictObject({
    cpu: cpu().describe(`CPU ${what}; null for none.`).nullable(),
    memory: memory().describe(`Memory ${what}; null for none.`).nullable(),
  });

/** Requests and limits of one pod. */
export const resources = () => ({
  requests: amount("that the scheduler reserves for one pod").describe("What the scheduler reserves for one pod."),
  limits: amount("that one pod may use at most").describe("What one pod may use at most."),
});

/** How many pods run where nothing scales them. */
export const replicas = () => integer(1, 20, 2).describe("Pods to run.");
