import { randomUUID } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type DatabaseSettings, queryWith, startPostgres } from "./postgres";
import { sharedArtefact } from "./shared-artefact";

/** An empty database for the tests of one file. */
export interface TestDatabase {
  readonly settings: DatabaseSettings;
  readonly query: (text: string) => Promise<Record<string, unknown>[]>;
  readonly stop: () => Promise<void>;
}

/** The server that the files of a run share. */
export interface SharedServer {
  readonly pid?: number;
  readonly directory: string;
  readonly settings: DatabaseSettings;
}

export const SHARED_SERVER = "postgres";
export const SERVER_FILE = "server.json";

/**
 * A separate database for a test, on the shared server of the run. Outside of a run, the server is started for this
 * test. Tests that stop the server or need TLS start their own with `startPostgres`.
 */
export async function openDatabase(): Promise<TestDatabase> {
  const shared = await sharedArtefact(SHARED_SERVER, async (draft) => {
    const { pid, directory, settings } = await startPostgres();
    await writeFile(join(draft, SERVER_FILE), JSON.stringify({ pid, directory, settings } satisfies SharedServer));
  });
  if (!shared) return await startPostgres();
  const server = JSON.parse(await readFile(join(shared, SERVER_FILE), "utf8")) as SharedServer;
  const name = `test_${randomUUID().slice(0, 8)}`;
  await queryWith(server.settings, `create database ${name}`);
  const settings = { ...server.settings, DATABASE_NAME: name };
  return { settings, query: (text) => queryWith(settings, text), stop: async () => undefined };
}
