import { readFileSync, readlinkSync } from "node:fs";
import { setPriority } from "node:os";

/** On a full core, a thread of this priority gets about a tenth of the time of a normal one. */
const LOW_PRIORITY = 10;

/** Linux' id of the calling thread; undefined on other systems. */
export function ownThread(): number | undefined {
  return attempt(() => Number(readlinkSync("/proc/thread-self").split("/").pop()));
}

/** Times of a thread, in milliseconds. */
export interface ThreadTimes {
  /** It had a core. */
  readonly cpuMs: number;
  /** It had a core, or waited for one. Not counted is when it was stopped, as the machine may be. */
  readonly activeMs: number;
}

/** Times of a thread of this process; undefined on systems other than Linux. */
export function threadTimes(thread: number): ThreadTimes | undefined {
  return attempt(() => {
    const [ran = 0, waited = 0] = readFileSync(`/proc/self/task/${thread}/schedstat`, "utf8").split(" ").map(Number);
    // A system that does not count says 0.
    if (ran === 0) return undefined;
    return { cpuMs: ran / 1e6, activeMs: (ran + waited) / 1e6 };
  });
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
