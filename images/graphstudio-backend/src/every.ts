import type { Logger } from "@nexus/service";

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;

/** Does something again and again; a failure is logged, and tried again at the next time. */
export function every(milliseconds: number, log: Logger, failure: string, work: () => Promise<void>): NodeJS.Timeout {
  const run = () => work().catch((error: unknown) => log.warn({ error }, failure));
  return setInterval(() => void run(), milliseconds).unref();
}
