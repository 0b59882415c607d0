import * as fs from "node:fs";
import * as path from "node:path";
import { signalIfRunning } from "@nexus/host";

/** Linux cuts the name of a process after 15 bytes. */
const PLUGIN = /^pulumi-(resource|language)/;

function read(pid: string, file: string): string {
  try {
    return fs.readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    // The process has ended meanwhile.
    return "";
  }
}

function parentOf(pid: string): string {
  return /^PPid:\s*(\d+)$/m.exec(read(pid, "status"))?.[1] ?? "";
}

/**
 * Ends the Pulumi plugins that an update with this home left behind when it was killed; they would wait for another ten
 * minutes. Plugins whose Pulumi still runs are not touched.
 */
export function endLeftoverPlugins(home: string): void {
  // Only Linux shows the environment of other processes.
  if (!fs.existsSync("/proc")) return;
  const own = `PULUMI_HOME=${path.join(home, "pulumi")}`;
  for (const pid of fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    if (!PLUGIN.test(read(pid, "comm")) || !read(pid, "environ").split("\0").includes(own)) continue;
    if (read(parentOf(pid), "comm").trim() === "pulumi") continue;
    signalIfRunning(Number(pid), "SIGTERM");
  }
}
