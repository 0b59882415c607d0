import { createHash, type Hash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

function addFolder(hash: Hash, folder: string, relative: string, ignored: (file: string) => boolean): void {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const file = path.join(folder, entry.name);
    const name = path.posix.join(relative, entry.name);
    if (ignored(name)) continue;
    if (entry.isDirectory()) addFolder(hash, file, name, ignored);
    else hash.update(`${name}\0`).update(fs.readFileSync(file)).update("\0");
  }
}

/**
 * Names a recipe by its content: the files of a folder and its settings. Two clones with the same recipe share the
 * result.
 * @param ignored files that the recipe itself writes
 */
export function recipeHash(
  folder: string,
  settings: unknown,
  ignored: (file: string) => boolean = () => false,
): string {
  const hash = createHash("sha256").update(JSON.stringify(settings)).update("\0");
  addFolder(hash, folder, "", ignored);
  return hash.digest("hex").slice(0, 12);
}
