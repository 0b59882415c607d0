import * as fs from "node:fs";
import * as path from "node:path";

/**
 * Opens the folders of new volumes to every user. The host path provisioner makes them for root alone, and Kubernetes
 * does not hand such volumes over to a pod's fsGroup, so a database that does not run as root could not write there.
 */
export function openNewVolumes(folder: string): fs.FSWatcher {
  const open = () => {
    for (const name of fs.readdirSync(folder)) {
      const volume = path.join(folder, name);
      try {
        if ((fs.statSync(volume).mode & 0o777) !== 0o777) fs.chmodSync(volume, 0o777);
      } catch (error) {
        // A volume may be deleted at any time; an error here would end the daemon, and with it the node.
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      }
    }
  };
  open();
  return fs.watch(folder, open);
}
