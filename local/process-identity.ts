import * as fs from "node:fs";

/**
 * When a process started, in clock ticks since boot (field 22 of /proc/<pid>/stat), or undefined when there is no
 * such process. Together with its number this names one process: numbers are used again.
 */
export function processStartTime(pid: number): string | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
