import { createReadStream } from "node:fs";
import { open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { errorCode } from "@nexus/service";
import { BackupError } from "./backup-error";
import type { Target } from "./target";

/** Ending of a file that is being written. */
const PART = ".part";

/** A folder, usually a mounted volume. */
export function folderTarget(folder: string): Target {
  const at = (name: string) => join(folder, name);
  const explained = <T>(work: Promise<T>) => work.catch((error: unknown) => Promise.reject(explain(error, folder)));
  const names = () => explained(readdir(folder, { withFileTypes: true }));
  return {
    where: `the folder ${folder}`,
    list: async () => {
      const files = (await names()).filter((entry) => entry.isFile() && !entry.name.endsWith(PART));
      const sized = files.map(async ({ name }) => ({ name, bytes: (await stat(at(name))).size }));
      return await explained(Promise.all(sized));
    },
    read: async (name) => {
      await explained(stat(at(name)));
      return createReadStream(at(name));
    },
    write: (name, content) => explained(writeWhole(folder, name, content)),
    remove: (name) => explained(rm(at(name))),
    removeRests: async () => {
      const parts = (await names()).filter((entry) => entry.isFile() && entry.name.endsWith(PART));
      for (const { name } of parts) await explained(rm(at(name)));
    },
  };
}

async function writeWhole(folder: string, name: string, content: AsyncIterable<Uint8Array>): Promise<void> {
  const part = join(folder, `${name}${PART}`);
  try {
    const file = await open(part, "w", 0o600);
    try {
      for await (const chunk of content) await file.writeFile(chunk);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, join(folder, name));
    // The new name must be on the disk as well.
    const entries = await open(folder);
    await entries.sync().finally(() => entries.close());
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

function explain(error: unknown, folder: string): unknown {
  switch (errorCode(error)) {
    case "ENOSPC":
    case "EDQUOT":
      return new BackupError(
        `No space is left in ${folder}; earlier backups are untouched. ` +
          "Fix: raise nexus:postgres.backup.storage, or lower nexus:postgres.backup.keep and remove old backups.",
      );
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new BackupError(`The folder ${folder} is not writable for this user (BACKUP_DIR).`);
    case "ENOENT":
      return new BackupError(`There is no such file or folder in ${folder} (BACKUP_DIR): ${(error as Error).message}`);
    default:
      return error;
  }
}
