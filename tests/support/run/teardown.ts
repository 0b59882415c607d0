import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { SERVER_FILE, SHARED_SERVER, type SharedServer } from "@nexus/testkit/database";
import { remove, waitFor } from "@nexus/testkit/server-process";
import { RUN_FOLDER } from "@nexus/testkit/shared-artefact";

/** Ends the servers and removes the files that the test files of this run shared. */
export default async function teardown(): Promise<void> {
  const folder = process.env[RUN_FOLDER];
  if (!folder) return;
  const file = join(folder, SHARED_SERVER, SERVER_FILE);
  if (existsSync(file)) await endServer(JSON.parse(await readFile(file, "utf8")) as SharedServer);
  await remove(folder);
}

async function endServer({ pid, directory }: SharedServer): Promise<void> {
  // It was removed already if the user ended the run.
  if (pid !== undefined && isRunning(pid, "SIGQUIT"))
    await waitFor("PostgreSQL has ended", async () => {
      if (isRunning(pid, 0)) throw new Error(`process ${pid} runs`);
    });
  await remove(directory);
}

function isRunning(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
