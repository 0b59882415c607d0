import { commonSettings } from "./settings";

/** Default number of seconds that a pod has to finish its work. */
export const GRACE_SECONDS = 30;

/** The process ends this long before the cluster would kill it. */
const MARGIN_MS = 5000;

/** How the process divides the seconds that its pod gets to end. */
export function shutdownTimes(graceSeconds: number) {
  const timeoutMs = graceSeconds * 1000 - commonSettings.SHUTDOWN_DRAIN_MS.default - MARGIN_MS;
  return { SHUTDOWN_TIMEOUT_MS: timeoutMs, SHUTDOWN_ANSWERS_MS: timeoutMs - MARGIN_MS };
}
