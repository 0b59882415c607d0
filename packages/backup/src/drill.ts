import { spawn } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "@nexus/service";
import { BackupError } from "./backup-error";
import { connect, migrationsOf, rowsOf } from "./contents";
import { noteDrill } from "./drill-record";
import { findBackup, type Manifest, type Migrations } from "./manifest";
import { run, type Server } from "./programs";
import { restoreInto } from "./restore";
import { PLAIN } from "./server-tls";
import type { Target } from "./target";

const START_MS = 60_000;

export interface DrillOptions {
  readonly target: Target;
  readonly keys: readonly string[];
  /** Empty folder with room for the whole database. */
  readonly scratch: string;
  /** The database in use. Only its migrations are read. */
  readonly live: Server;
  readonly log: Logger;
}

/**
 * Restores the newest backup into a database server of its own, which nobody else uses, and compares it with what was
 * counted when the backup was made.
 */
export async function drill(options: DrillOptions): Promise<string> {
  let proven: Manifest | undefined;
  try {
    proven = await prove(options);
    const tables = Object.keys(proven.contents).length;
    return `The backup ${proven.id} can be restored: ${tables} tables, ${rowsOf(proven.contents)} rows, all as they were at ${proven.startedAt}.`;
  } finally {
    await noteDrill(options.live, proven, options.log);
  }
}

async function prove({ target, keys, scratch, live, log }: DrillOptions): Promise<Manifest> {
  const backup = await findBackup(target, "newest");
  const manifest = await onScratchServer(scratch, (server) => restoreInto(server, target, backup, keys));
  await compareMigrations(manifest, live, log);
  return manifest;
}

async function onScratchServer<T>(scratch: string, work: (server: Server) => Promise<T>): Promise<T> {
  const data = join(scratch, "drill");
  await rm(data, { recursive: true, force: true });
  await mkdir(data, { mode: 0o700, recursive: true });
  const user = "drill";
  await run("initdb", ["-D", data, "-U", user, "-E", "UTF8", "--locale=C", "--auth=trust", "--no-sync"]);
  // It is thrown away, so nothing waits for the disk; and it is reached by its socket alone.
  const fast = [
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_wal_senders=0",
    "wal_level=minimal",
  ];
  const settings = ["listen_addresses=", `unix_socket_directories=${data}`, "shared_buffers=64MB", ...fast];
  const args = ["-D", data, ...settings.flatMap((setting) => ["-c", setting])];
  const child = spawn("postgres", args, { stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, LC_ALL: "C" } });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said = (said + chunk.toString()).slice(-1000)));
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  try {
    const server: Server = { host: data, port: 5432, user, password: "", database: "postgres", tls: PLAIN };
    await ready(server, () => said);
    await run("createdb", ["--template=template0", "drill"], server);
    return await work({ ...server, database: "drill" });
  } finally {
    child.kill("SIGQUIT");
    await ended;
    await rm(data, { recursive: true, force: true });
  }
}

async function ready(server: Server, said: () => string): Promise<void> {
  for (const start = performance.now(); ; await sleep(50)) {
    const client = await connect(server).catch(() => undefined);
    if (client) return await client.end();
    if (performance.now() - start > START_MS)
      throw new BackupError(`The database server of the drill did not start in ${START_MS} ms: ${said().trim()}`);
  }
}

/** A backup that restores well may still be that of another or an older platform. */
async function compareMigrations({ id, migrations }: Manifest, live: Server, log: Logger): Promise<void> {
  let current: Migrations;
  try {
    const client = await connect(live);
    current = await migrationsOf(client).finally(() => client.end());
  } catch (error) {
    // The drill is worth most when the database is gone.
    log.warn({ error }, "the database does not answer, so its migrations are not compared");
    return;
  }
  const lacking = Object.keys(current).filter((schema) => migrations[schema] === undefined);
  if (lacking.length > 0)
    throw new BackupError(`The backup ${id} lacks ${lacking.map((schema) => `the schema ${schema}`).join(" and ")}.`);
  const foreign = Object.entries(migrations).flatMap(([schema, names]) =>
    names.filter((name) => !current[schema]?.includes(name)).map((name) => `${schema}: ${name}`),
  );
  if (foreign.length > 0)
    throw new BackupError(
      `The backup ${id} has migrations that the database does not know: ${foreign.slice(0, 5).join(", ")}.`,
    );
}
