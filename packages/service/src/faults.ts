import { Counter } from "prom-client";
import type { Logger } from "./log";

/** What ended by an error that nothing expects: one request, one socket, work that nobody waits for, or the process. */
const PLACES = ["request", "socket", "work", "process"] as const;

/** Faults of this process. Each registry shows them, as it does the memory of the process. */
export const faults = new Counter<"place">({
  name: "nexus_faults_total",
  help: "Errors that nothing expects, by what they ended",
  labelNames: ["place"],
  registers: [],
});
// An alert that looks at the growth of a series must have seen it at 0.
for (const place of PLACES) faults.inc({ place }, 0);

/** Logs and counts an error of ours, which ended what `place` says. */
export function logFault(
  log: Logger,
  place: (typeof PLACES)[number],
  details: { readonly error: unknown; readonly [key: string]: unknown },
  message: string,
): void {
  faults.inc({ place });
  log.error(details, message);
}

/**
 * Keeps the process from ending by an error of a single piece of work. After an error that nothing caught, nobody knows what
 * it left half done: then the process ends, but in order.
 * @param end ends the process
 */
export function watchFaults(log: Logger, end: (reason: string, code: number) => void): void {
  process.on("unhandledRejection", (error) => logFault(log, "work", { error }, "work that nobody waits for failed"));
  process.on("uncaughtException", (error) => {
    logFault(log, "process", { error }, "nothing caught an error; the process ends");
    end("nothing caught an error", 1);
  });
}
