import * as fs from "node:fs";
import * as path from "node:path";

/**
 * Removes what interrupted processes left while they made `target`: files with its name and a process id. The caller
 * must hold the lock.
 */
export function removeDrafts(target: string): void {
  const folder = path.dirname(target);
  const prefix = `${path.basename(target)}.`;
  if (!fs.existsSync(folder)) return;
  for (const name of fs.readdirSync(folder))
    if (name.startsWith(prefix) && /^\d+(\.module)?$/.test(name.slice(prefix.length)))
      fs.rmSync(path.join(folder, name), { recursive: true, force: true });
}
