/** Liveness by HTTP: a failure restarts the container (X16, D30). */
export function httpLiveness(path: string, port: string) {
  return {
    httpGet: { path, port },
    initialDelaySeconds: 10,
    periodSeconds: 30,
    timeoutSeconds: 5,
    failureThreshold: 3,
  };
}

/** Readiness by HTTP: a failure takes the pod out of its Service (D29). */
export function httpReadiness(path: string, port: string) {
  return { httpGet: { path, port }, initialDelaySeconds: 5, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 };
}

/**
 * The probes of a server by commands that exit 0. A server is restarted only if it does not answer at all: one that is
 * busy or recovers its data would have to begin again.
 * @param alive exits 0 if the server gives any answer
 * @param ready exits 0 if the server can work
 */
export function execProbes(alive: string[], ready: string[]) {
  const probe = { exec: { command: alive }, timeoutSeconds: 10 };
  return {
    // Ten minutes for the first start on a slow disk.
    startupProbe: { ...probe, periodSeconds: 5, failureThreshold: 120 },
    livenessProbe: { ...probe, periodSeconds: 30, failureThreshold: 6 },
    readinessProbe: { exec: { command: ready }, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 3 },
  };
}
