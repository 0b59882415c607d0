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

/** Both probes by a command that exits 0 when the server answers. */
export function execProbes(command: string[]) {
  const exec = { command };
  return {
    livenessProbe: { exec, initialDelaySeconds: 30, periodSeconds: 30, timeoutSeconds: 5, failureThreshold: 3 },
    readinessProbe: { exec, initialDelaySeconds: 2, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 3 },
  };
}
