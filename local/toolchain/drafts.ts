import * as fs from "node:fs";
import * as path from "node:path";
import { withLock } from "@nexus/host";

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

/**
 * Makes a folder of the cache once, for all clones of a user. It appears whole or not at all.
 * @param fill fills the draft, which is an empty folder
 */
export async function ensureFolder(target: string, fill: (draft: string) => Promise<void>): Promise<void> {
  await withLock(
    `${target}.lock`,
    () => undefined,
    async () => {
      if (fs.existsSync(target)) return;
      const draft = `${target}.${process.pid}`;
      removeDrafts(target);
      try {
        fs.mkdirSync(draft, { recursive: true });
        await fill(draft);
        fs.renameSync(draft, target);
      } finally {
        fs.rmSync(draft, { recursive: true, force: true });
      }
    },
  );
}
