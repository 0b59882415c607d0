import * as fs from "node:fs";
import * as path from "node:path";
import { messageOf } from "@nexus/host";

/**
 * Makes the folder of `--out` with its parents.
 * @throws Error if it cannot be made
 */
export function makeOutFolder(folder: string): void {
  const missing: string[] = [];
  for (let at = path.resolve(folder); !fs.existsSync(at); at = path.dirname(at)) missing.unshift(at);
  try {
    // One folder at a time: Node's recursive mkdir does not end below /proc, where no folder can be made.
    for (const one of missing) fs.mkdirSync(one);
  } catch (error) {
    throw new Error(
      `--out ${folder} cannot be made: ${messageOf(error)}. Fix: name a folder in a place where files may be written.`,
    );
  }
  if (!fs.statSync(folder).isDirectory())
    throw new Error(`--out ${folder} is a file. Fix: name a folder; one that does not exist is made.`);
}

/** @throws Error if the folder of `--out` is not empty */
export function requireEmptyOutFolder(folder: string): void {
  if (fs.existsSync(folder) && fs.statSync(folder).isDirectory() && fs.readdirSync(folder).length > 0)
    throw new Error(
      `--out ${folder} is not empty, and old files would stay among the new ones. Fix: name a new folder, or empty this one.`,
    );
}
