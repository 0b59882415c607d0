import * as fs from "node:fs";
import * as path from "node:path";
import { processStartTime } from "./process-identity";

/**
 * Runs `work` while no other process of this machine holds the same lock file. A lock whose process has ended is taken
 * over.
 * @param waiting called once if another process holds the lock
 */
export async function withLock<T>(file: string, waiting: () => void, work: () => Promise<T>): Promise<T> {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const own = `${process.pid} ${processStartTime(process.pid) ?? ""}`;
  let told = false;
  while (!tryLock(file, own)) {
    if (!told) waiting();
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  try {
    return await work();
  } finally {
    fs.rmSync(file, { force: true });
  }
}

function tryLock(file: string, own: string): boolean {
  // Linking makes the lock appear with its content: an empty lock would look like one whose process has ended.
  const draft = `${file}.draft.${own.replace(" ", ".")}`;
  fs.writeFileSync(draft, own);
  try {
    fs.linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    fs.rmSync(draft, { force: true });
  }
  if (holderRuns(file)) return false;
  // Renaming lets exactly one of several waiting processes take a stale lock away.
  const taken = `${file}.stale.${process.pid}`;
  try {
    fs.renameSync(file, taken);
    fs.rmSync(taken, { force: true });
  } catch {
    return false;
  }
  return tryLock(file, own);
}

function holderRuns(file: string): boolean {
  try {
    const [pid, startTime] = fs.readFileSync(file, "utf8").split(" ");
    return startTime !== undefined && processStartTime(Number(pid)) === startTime;
  } catch {
    return true;
  }
}
