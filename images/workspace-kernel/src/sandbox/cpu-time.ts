import { readFileSync, readlinkSync } from "node:fs";
import { setPriority } from "node:os";

/** Code that holds others up gets about a tenth of what they get where both want a core. */
const LOW_PRIORITY = 10;

/** The number by which Linux knows the thread that asks; undefined on other systems. */
export function ownThread(): number | undefined {
  return attempt(() => Number(readlinkSync("/proc/thread-self").split("/").pop()));
}

/** Milliseconds that a thread of this process had a core; undefined where the system does not tell. */
export function cpuMs(thread: number): number | undefined {
  return attempt(() => Number(readFileSync(`/proc/self/task/${thread}/schedstat`, "utf8").split(" ")[0]) / 1e6);
}

/** Lets other threads go first. It cannot be taken back without privileges. */
export function lowerPriority(thread: number): void {
  attempt(() => setPriority(thread, LOW_PRIORITY));
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
