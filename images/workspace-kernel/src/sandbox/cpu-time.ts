import { readFileSync, readlinkSync } from "node:fs";
import { setPriority } from "node:os";

/** On a full core, a thread of this priority gets about a tenth of the time of a normal one. */
const LOW_PRIORITY = 10;

/** Linux' id of the calling thread; undefined on other systems. */
export function ownThread(): number | undefined {
  return attempt(() => Number(readlinkSync("/proc/thread-self").split("/").pop()));
}

/** Processor time of a thread of this process in milliseconds; undefined on systems other than Linux. */
export function cpuMs(thread: number): number | undefined {
  return attempt(() => Number(readFileSync(`/proc/self/task/${thread}/schedstat`, "utf8").split(" ")[0]) / 1e6);
}

/** Gives other threads precedence. Raising the priority again needs privileges. */
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
