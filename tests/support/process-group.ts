import type { ChildProcess } from "node:child_process";

/** Ends what a killed engine has left, if it was started as a group: its plugins would wait for it for ever. */
export function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // They have ended by themselves.
  }
}
