import * as fs from "node:fs";
import * as path from "node:path";
import { signalIfRunning } from "@nexus/host";

/** The kernel cuts a process's name after 15 bytes. */
const PLUGIN = /^pulumi-(resource|language)/;

function read(pid: string, file: string): string {
  try {
    return fs.readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    // It has ended meanwhile.
    return "";
  }
}

function parentOf(pid: string): string {
  return /^PPid:\s*(\d+)$/m.exec(read(pid, "status"))?.[1] ?? "";
}

/**
 * Ends the plugins of Pulumi that an update with this home left behind when it was killed: they would wait for another
 * ten minutes. Those whose Pulumi still runs are left alone.
 */
export function endLeftoverPlugins(home: string): void {
  // Only Linux tells which process has which environment.
  if (!fs.existsSync("/proc")) return;
  const own = `PULUMI_HOME=${path.join(home, "pulumi")}`;
  for (const pid of fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    if (!PLUGIN.test(read(pid, "comm")) || !read(pid, "environ").split("\0").includes(own)) continue;
    if (read(parentOf(pid), "comm").trim() === "pulumi") continue;
    signalIfRunning(Number(pid), "SIGTERM");
  }
}
