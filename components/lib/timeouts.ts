/** Seconds a pod may take to get ready where nothing else is said. */
export const DEADLINE_SECONDS = 180;

/** The cluster says why a rollout failed; the engine's own limit, which cannot, comes this much later. */
const ENGINE_MARGIN_SECONDS = 120;

/**
 * How long the engine waits for one resource before the update fails; every wait is bounded.
 * @param deadlineSeconds how long the cluster gives its pods
 */
export function rolloutTimeouts(deadlineSeconds = DEADLINE_SECONDS) {
  const ready = `${deadlineSeconds + ENGINE_MARGIN_SECONDS}s`;
  return { create: ready, update: ready, delete: "3m" };
}
