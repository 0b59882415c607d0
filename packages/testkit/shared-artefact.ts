import { existsSync } from "node:fs";
import { mkdir, rename, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { remove } from "./server-process";

/** Names the folder that the processes of one test run share. */
export const RUN_FOLDER = "NEXUS_TEST_RUN_FOLDER";

const WAIT_MS = 60_000;

/**
 * A folder that many test files need: the first file of a run that asks makes it, and all get the same path. Undefined
 * outside of a run.
 * @param name - unique in the run
 * @param make - fills an empty folder, which has another path while it is made
 * @throws if `make` fails, or if another process has not made the folder within 60 s
 */
export async function sharedArtefact(
  name: string,
  make: (draft: string) => Promise<void>,
): Promise<string | undefined> {
  const run = process.env[RUN_FOLDER];
  if (!run) return undefined;
  const made = join(run, name);
  const lock = `${made}.lock`;
  const deadline = performance.now() + WAIT_MS;
  while (!existsSync(made)) {
    if (!(await take(lock))) {
      if (performance.now() > deadline) throw new Error(`${made}: another process has not made it in ${WAIT_MS} ms`);
      await sleep(20);
      continue;
    }
    try {
      // Another process may have made it between the check and the lock.
      if (!existsSync(made)) await makeWhole(made, make);
    } finally {
      await rmdir(lock);
    }
  }
  return made;
}

/** The folder becomes visible when it is complete. */
async function makeWhole(made: string, make: (draft: string) => Promise<void>): Promise<void> {
  const draft = `${made}.draft`;
  await mkdir(draft);
  try {
    await make(draft);
    await rename(draft, made);
  } catch (error) {
    await remove(draft);
    throw error;
  }
}

async function take(lock: string): Promise<boolean> {
  try {
    await mkdir(lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}
