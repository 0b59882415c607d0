/**
 * Sends a signal to a process, or to a group by the negative number of its leader; to one that has ended meanwhile it sends
 * none, as nothing is left to be ended.
 */
export function signalIfRunning(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
