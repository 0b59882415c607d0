/** Seconds a pod may take to get ready where nothing else is said. */
export const DEADLINE_SECONDS = 180;

/**
 * The cluster says why a rollout failed; the engine's own limit, which cannot, comes this many seconds later. The
 * cluster's limit is for each pod, and several are replaced one after another.
 */
const ENGINE_MARGIN_SECONDS = { one: 15, several: 120 };

/**
 * How long the engine waits for one resource before the update fails; every wait is bounded.
 * @param pods how many may run at a time
 * @param deadlineSeconds how long the cluster gives each of them
 */
export function rolloutTimeouts(pods: "one" | "several", deadlineSeconds = DEADLINE_SECONDS) {
  const ready = `${deadlineSeconds + ENGINE_MARGIN_SECONDS[pods]}s`;
  return { create: ready, update: ready, delete: "3m" };
}
