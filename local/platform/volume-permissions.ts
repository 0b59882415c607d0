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
      // A volume may be deleted between the listing and this.
      const mode = fs.statSync(volume, { throwIfNoEntry: false })?.mode;
      if (mode !== undefined && (mode & 0o777) !== 0o777) fs.chmodSync(volume, 0o777);
    }
  };
  open();
  return fs.watch(folder, open);
}
