import { Readable } from "node:stream";
import type { Client } from "pg";
import type { Logger } from "@nexus/service";
import { BackupError } from "./backup-error";
import { connect, contentsOf, migrationsOf, rowsOf } from "./contents";
import { ENCRYPTED, encrypted, keyMark } from "./encryption";
import { type Backup, idOf, listBackups, type Manifest, manifestName, Measure } from "./manifest";
import { majorOf, outputOf, type Server } from "./programs";
import type { Target } from "./target";

/** Any fixed number other than that of the migrations. It keeps a second backup of the same database waiting out. */
const LOCK_KEY = 720_451_002;

export interface BackupOptions {
  readonly server: Server;
  readonly target: Target;
  /** Key that encrypts; undefined for none. */
  readonly key: string | undefined;
  /** Finished backups to keep. */
  readonly keep: number;
  readonly log: Logger;
}

/** Makes one backup, and then removes those that are too many. Nothing is removed unless it succeeds. */
export async function makeBackup(options: BackupOptions): Promise<string> {
  const { server, target, log } = options;
  const client = await connect(server);
  try {
    const { rows } = await client.query<{ taken: boolean }>(`select pg_try_advisory_lock(${LOCK_KEY}) as taken`);
    if (rows[0]?.taken !== true)
      throw new BackupError("Another backup of this database is running. Fix: wait until it has ended.");
    await target.removeRests();
    const before = await listBackups(target);
    const manifest = await writeBackup(options, client, (before.at(-1)?.number ?? 0) + 1);
    const removed = await removeOld(options, before, log);
    const tables = Object.keys(manifest.contents).length;
    return (
      `The backup ${manifest.id} is finished: ${tables} tables, ${rowsOf(manifest.contents)} rows, ` +
      `${manifest.bytes} bytes in ${target.where}${removed > 0 ? `; ${removed} old removed` : ""}.`
    );
  } finally {
    // The lock ends with the connection.
    await client.end().catch(() => undefined);
  }
}

async function writeBackup({ server, target, key }: BackupOptions, client: Client, number: number): Promise<Manifest> {
  const dumpMajor = await majorOf("pg_dump");
  const { rows } = await client.query<{ major: number; now: Date }>(
    "select current_setting('server_version_num')::int / 10000 as major, now()",
  );
  const [{ major: serverMajor, now } = { major: 0, now: new Date() }] = rows;
  if (serverMajor > dumpMajor)
    throw new BackupError(
      `The server is PostgreSQL ${serverMajor}, and pg_dump ${dumpMajor} cannot read it. ` +
        "Fix: nexus:postgres.image must be of the server's version.",
    );
  // Sums and dump see the same rows, whatever is written meanwhile.
  await client.query("begin isolation level repeatable read read only");
  const snapshot = await client.query<{ name: string }>("select pg_export_snapshot() as name");
  const contents = await contentsOf(client);
  const migrations = await migrationsOf(client);
  if (Object.keys(contents).length === 0)
    throw new BackupError(`The database ${server.database} has no tables, so there is nothing to keep.`);
  const id = idOf(number, now.toISOString());
  const file = `${id}.dump${key === undefined ? "" : ENCRYPTED}`;
  const args = ["--format=custom", `--snapshot=${snapshot.rows[0]?.name}`, "--lock-wait-timeout=60s"];
  const dump = outputOf("pg_dump", args, server);
  const measure = new Measure();
  await target.write(file, measure.of(key === undefined ? dump : encrypted(dump, key)));
  const manifest: Manifest = {
    format: 1,
    id,
    startedAt: now.toISOString(),
    file,
    bytes: measure.bytes,
    sha256: measure.sha256(),
    key: key === undefined ? null : keyMark(key),
    serverMajor,
    dumpMajor,
    contents,
    migrations,
  };
  await target.write(manifestName(id), Readable.from([Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`)]));
  return manifest;
}

/**
 * Removes the oldest finished backups. They are counted, because a clock that jumps would make all of them too old. An
 * unfinished backup stays until there are enough finished ones after it: somebody may want to look at it.
 */
async function removeOld({ target, keep }: BackupOptions, before: readonly Backup[], log: Logger): Promise<number> {
  // The new one is kept as well.
  const kept = before.filter((backup) => backup.finished).slice(-(keep - 1));
  if (kept.length < keep - 1) return 0;
  const oldest = kept[0]?.number ?? 0;
  const old = before.filter(({ number }) => number < oldest);
  for (const { id, files } of old) {
    // Without its manifest it is unfinished, so a process that is killed here leaves nothing that looks whole.
    const manifestFirst = files.toSorted((one) => (one.name === manifestName(id) ? -1 : 1));
    for (const { name } of manifestFirst) await target.remove(name);
    log.info({ backup: id }, "old backup removed");
  }
  return old.length;
}
