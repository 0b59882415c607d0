import * as fs from "node:fs";
import { waitFor } from "@nexus/host";
import { kubectl } from "../platform";
import { NAMESPACE } from "./deployment";

function read(file: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    // The process has ended meanwhile.
    return "";
  }
}

/** Process id on this machine of the kernel in a pod. */
function kernelProcess(pod: string): number {
  const pids = fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const found = pids.find((pid) => {
    if (!read(`/proc/${pid}/cmdline`).includes("dist/server.js")) return false;
    return read(`/proc/${pid}/environ`).split("\0").includes(`POD_NAME=${pod}`);
  });
  if (found === undefined) throw new Error(`There is no kernel process of the pod ${pod}.`);
  return Number(found);
}

/** Removes the pod from the cluster at once; its process gets almost no time to end. */
async function deletePod(pod: string): Promise<void> {
  await kubectl(NAMESPACE, "delete", "pod", pod, "--grace-period=0", "--force", "--wait=false");
}

/** Ways in which a pod ends without a request to stop: it is removed, or its process is killed. */
export type WayToDie = "deleted" | "killed";

/** Ends a pod; resolves with the time at which its process was gone, which may take a busy node seconds. */
export async function kill(way: WayToDie, pod: string): Promise<number> {
  // A pod that was killed before may be restarting.
  const pid = await waitFor(`The kernel's process of ${pod}`, 60, async () => kernelProcess(pod));
  if (way === "deleted") await deletePod(pod);
  else process.kill(pid, "SIGKILL");
  const isGone = async () => (read(`/proc/${pid}/cmdline`) === "" ? Date.now() : undefined);
  return waitFor(`The end of the kernel's process of ${pod}`, 60, isGone, 10);
}
