import * as fs from "node:fs";

/** Whether this process was started to outlive its terminal, as by nohup; a signal handler would undo that. */
function ignoresHangUp(): boolean {
  // Only Linux tells.
  const status = process.platform === "linux" ? fs.readFileSync("/proc/self/status", "utf8") : "";
  const [, ignored = "0"] = /^SigIgn:\s*([0-9a-f]+)$/m.exec(status) ?? [];
  return (BigInt(`0x${ignored}`) & 1n) === 1n;
}

/** The signals by which a person or a system ends a command: Ctrl-C, `kill`, and a terminal that is closed. */
export const endingSignals: readonly NodeJS.Signals[] = [
  "SIGINT",
  "SIGTERM",
  ...(ignoresHangUp() ? [] : (["SIGHUP"] as const)),
];

/**
 * Sends a signal to a process, or to a group by the negative number of its leader. It does nothing if that has ended
 * meanwhile.
 */
export function signalIfRunning(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
