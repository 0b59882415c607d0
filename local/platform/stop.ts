import * as fs from "node:fs";
import { runningDaemon } from "./daemon-status";
import { mountsBelow, removeHostTraces } from "./host-traces";
import { InstanceLayout } from "./layout";
import { endLeftoverPlugins } from "./leftover-plugins";
import { waitFor } from "@nexus/host";

export interface StopOptions {
  readonly home: string;
  /**
   * Also deletes the instance's data: etcd, images, volumes, Pulumi state.
   * @default false
   */
  readonly deleteData?: boolean;
}

/**
 * Stops the local platform of `home` and removes every process, mount, interface and firewall rule that it made.
 * @returns false if it did not run
 */
export async function stopPlatform(options: StopOptions): Promise<boolean> {
  endLeftoverPlugins(options.home);
  const layout = InstanceLayout.read(options.home);
  if (!layout) return false;
  const daemon = runningDaemon(layout);
  if (daemon !== undefined) {
    process.kill(daemon, "SIGTERM");
    await waitFor("The end of the local platform's processes", 60, async () =>
      runningDaemon(layout) ? undefined : true,
    );
  }
  removeHostTraces(layout);
  if (options.deleteData) {
    const mounts = mountsBelow(options.home);
    if (mounts.length > 0) throw new Error(`${mounts.join(", ")} is still mounted; nothing was deleted.`);
    fs.rmSync(options.home, { recursive: true, force: true });
  }
  return true;
}
