/**
 * The probes of a service by HTTP. A failure of `alive` restarts the container (X16, D30), one of `ready` takes the pod out
 * of its Service (D29).
 * @param port name of the container's port
 * @param alive path that answers while the program works
 * @param ready path that answers while the program can serve requests
 */
export function httpProbes(port: string, alive: string, ready = alive) {
  const probe = (path: string) => ({ httpGet: { path, port }, timeoutSeconds: 5 });
  return {
    // Five minutes for a start on a busy node: restarted earlier, the program would only begin again.
    startupProbe: { ...probe(alive), initialDelaySeconds: 5, periodSeconds: 5, failureThreshold: 60 },
    livenessProbe: { ...probe(alive), initialDelaySeconds: 10, periodSeconds: 30, failureThreshold: 3 },
    readinessProbe: { ...probe(ready), initialDelaySeconds: 5, periodSeconds: 10, failureThreshold: 3 },
  };
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
