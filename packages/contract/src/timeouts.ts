/** Default number of seconds in which a pod must become ready. */
export const DEADLINE_SECONDS = 180;

/**
 * Pulumi's own timeout comes this many seconds after the cluster's, because only the cluster says why a rollout failed.
 * The cluster's limit is for one pod, and several pods are replaced one after another.
 */
const ENGINE_MARGIN_SECONDS = { one: 15, several: 120 };

/**
 * A backup or a drill that did not succeed for longer than this is late: they are daily, and may take a while. A Job that
 * has ended is kept as long, so a failure is seen until it is too late for the next one.
 */
export const BACKUP_LATE_SECONDS = 26 * 3600;

/**
 * How long Pulumi waits for one resource before the update fails; every wait has a limit.
 * @param pods whether one or several pods may run at a time
 * @param deadlineSeconds how long the cluster gives each of them
 */
export function rolloutTimeouts(pods: "one" | "several", deadlineSeconds = DEADLINE_SECONDS) {
  const ready = `${deadlineSeconds + ENGINE_MARGIN_SECONDS[pods]}s`;
  return { create: ready, update: ready, delete: "3m" };
}
