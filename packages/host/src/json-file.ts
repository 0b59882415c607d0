import * as fs from "node:fs";

/** Writes a value atomically: if the disk is full or this process ends, the old file stays complete. */
export function writeJsonFile(file: string, value: unknown): void {
  const draft = `${file}.new`;
  fs.writeFileSync(draft, `${JSON.stringify(value, undefined, 2)}\n`);
  fs.renameSync(draft, file);
}

/**
 * The value that {@link writeJsonFile} wrote; undefined if there is no file.
 * @throws Error that names a damaged file
 */
export function readJsonFile<T>(file: string): T | undefined {
  if (!fs.existsSync(file)) return undefined;
  const text = fs.readFileSync(file, "utf8");
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${file} is damaged: ${reason}. Fix: restore it from a copy; it is needed to stop what runs.`);
  }
}
