import * as fs from "node:fs";
import { type Authentication, createLogger, type Logger } from "@nexus/service";
import type { Kernel } from "../../images/workspace-kernel/src/kernel";

export interface Bench {
  readonly call: (kernel: Kernel, method: "POST" | "PUT", path: string, payload?: object) => Promise<Answer>;
  /**
   * A pod as in production: it renews its leases and logs every request; the log is discarded.
   * @param prepare adds routes before the pod serves any
   */
  readonly start: (
    overrides?: Record<string, string>,
    prepare?: (kernel: Kernel, authenticate: Authentication["authenticate"]) => void,
  ) => Promise<Kernel>;
  readonly token: string;
}

export type Answer = Readonly<Record<string, unknown>>;

export async function create(bench: Bench, kernel: Kernel): Promise<string> {
  return String((await bench.call(kernel, "POST", "", { name: "bench" })).id);
}

/** Logs as in production, to nowhere. */
export function discardedLog(): Logger {
  const nowhere = fs.openSync("/dev/null", "w");
  return createLogger({ service: "bench", destination: { write: (line) => fs.writeSync(nowhere, line) } });
}
