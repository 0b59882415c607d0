import { logLevels } from "@nexus/contract";
import { z } from "zod";
import { choice, cpu, integer, memory } from "../fields";
import type { Amounts } from "../least-limits";

/** A service's own log level. */
export const logLevel = () =>
  choice(logLevels).describe("Log level of this service; null for `nexus:logLevel`.").nullable().default(null);

/** CPU and memory of one pod; the preset has the values that a stack does not set. */
const amount = (what: string, least: Partial<Amounts> = {}) =>
  z.strictObject({
    cpu: cpu(least.cpu).describe(`CPU ${what}; null for none.`).nullable(),
    memory: memory(least.memory).describe(`Memory ${what}; null for none.`).nullable(),
  });

/** Requests and limits of one pod. @param least minimum limits with which it starts and answers */
export const resources = (least: Amounts) => ({
  requests: amount("that the scheduler reserves for one pod").describe("What the scheduler reserves for one pod."),
  limits: amount("that one pod may use at most", least).describe("What one pod may use at most."),
});

/** Number of pods if there is no autoscaler. */
export const replicas = () => integer(1, 20, 2).describe("Pods to run.");

/** An autoscaler; `min` and `max` are examples of its range. */
export const autoscaling = (min: number, max: number) =>
  z.strictObject({
    minReplicas: integer(1, 100, min).describe("Minimum number of pods."),
    maxReplicas: integer(1, 100, max).describe("Maximum number of pods."),
    cpuPercent: integer(1, 100)
      .describe(
        "Average CPU use, in percent of the limit (of the request where there is no limit), above which pods are added.",
      )
      .default(70),
    memoryPercent: integer(1, 100)
      .describe(
        "Average memory use, in percent of the limit (of the request where there is no limit), above which pods are added.",
      )
      .default(80),
    scaleUpPercent: integer(1, 1000)
      .describe("Maximum increase of the number of pods in 60 s, in percent.")
      .default(50),
    scaleDownPercent: integer(1, 100)
      .describe("Maximum decrease of the number of pods in 60 s, in percent.")
      .default(25),
  });
