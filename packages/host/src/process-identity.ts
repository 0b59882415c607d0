import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

/** A column of `ps`, for systems without /proc. */
function psColumn(pid: number, column: string): string | undefined {
  try {
    // The same output in every shell: locale and time zone would change a date.
    const env = { ...process.env, LC_ALL: "C", TZ: "UTC" };
    return execFileSync("ps", ["-o", `${column}=`, "-p", String(pid)], { encoding: "utf8", stdio: "pipe", env }).trim();
  } catch {
    return undefined;
  }
}

/**
 * When a process started, in clock ticks since boot (field 22 of /proc/<pid>/stat; on other systems the date and time
 * that ps prints), or undefined if there is no such process. Together with the number it identifies one process,
 * because numbers are reused.
 */
export function processStartTime(pid: number): string | undefined {
  if (process.platform !== "linux") return psColumn(pid, "lstart")?.replaceAll(" ", "-");
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

/** File name of the program that a process runs; empty if there is no such process. */
export function processName(pid: number): string {
  if (process.platform !== "linux") return path.basename(psColumn(pid, "comm") ?? "");
  try {
    return fs.readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return "";
  }
}
