import { databaseRole } from "@nexus/contract";
import { errorCode, isError } from "@nexus/service";
import { type Client, escapeIdentifier } from "pg";
import { BackupError } from "./backup-error";
import { connect, contentsOf, differences, rowsOf } from "./contents";
import { decrypted } from "./encryption";
import { type Backup, findBackup, type Manifest, Measure, readManifest } from "./manifest";
import { feed, majorOf, type Server } from "./programs";
import type { Target } from "./target";

/** The database that always exists; nothing is stored in it. */
const MAINTENANCE = "postgres";
/** SQLSTATE of a right that is missing. */
const FORBIDDEN = "42501";
/** SQLSTATE of a wrong password, and of a role that does not exist. */
const WRONG_PASSWORD = "28P01";

/** Reads the whole file and compares it with the manifest. */
async function checkFile(target: Target, { id, file, bytes, sha256 }: Manifest): Promise<void> {
  const measure = new Measure();
  await measure.read(await target.read(file));
  if (measure.bytes !== bytes || measure.sha256() !== sha256)
    throw new BackupError(
      `The backup ${id} is damaged: ${file} does not have the checksum that was written. Fix: restore another one; npm run backups lists them.`,
    );
}

/**
 * Restores a backup into an empty database, and compares every table with what the backup counted.
 * @param server whose database is the empty one
 * @param options further ones of pg_restore
 */
export async function restoreInto(
  server: Server,
  target: Target,
  backup: Backup,
  keys: readonly string[],
  options: readonly string[] = [],
): Promise<Manifest> {
  const manifest = await readManifest(target, backup);
  const { id, dumpMajor, key, file } = manifest;
  const program = await majorOf("pg_restore");
  if (program < dumpMajor)
    throw new BackupError(
      `The backup ${id} was made by pg_dump ${dumpMajor}, and pg_restore ${program} cannot read it. Fix: nexus:postgres.image must be PostgreSQL ${dumpMajor} or newer.`,
    );
  await checkFile(target, manifest);
  const stored = await target.read(file);
  const dump = key === null ? stored : decrypted(stored, keys, key);
  await feed(
    "pg_restore",
    ["--no-owner", "--no-acl", "--exit-on-error", ...options, `--dbname=${server.database}`],
    server,
    dump,
  );
  const client = await connect(server);
  try {
    const found = differences(manifest.contents, await contentsOf(client));
    if (found.length > 0)
      throw new BackupError(`The backup ${id} was restored, but differs: ${found.slice(0, 5).join("; ")}.`);
  } finally {
    await client.end();
  }
  return manifest;
}

/** What the database says of the backup that it was filled from, on a schema that came with it. */
const FILLED = "filled from the backup ";

/** The backup that the database was filled from, and what it has. */
async function stateOf(server: Server): Promise<{ tables: number; filledFrom: string | undefined }> {
  const client = await connect(server);
  try {
    const tables = Object.keys(await contentsOf(client)).length;
    const { rows } = await client.query<{ note: string }>(
      "select obj_description(oid, 'pg_namespace') as note from pg_namespace where obj_description(oid, 'pg_namespace') like $1",
      [`${FILLED}%`],
    );
    return { tables, filledFrom: rows[0]?.note.slice(FILLED.length) };
  } finally {
    await client.end();
  }
}

/** A new volume has only the owner, with the present password; the migration makes the role of this rotation later. */
async function loggingIn(server: Server): Promise<Server> {
  const isRotated = [1, 2, 3].map(databaseRole).includes(server.user);
  const client = await connect(server).catch((error: unknown) => {
    if (isRotated && isError(error) && errorCode(error.cause) === WRONG_PASSWORD) return undefined;
    throw error;
  });
  await client?.end();
  return client ? server : { ...server, user: databaseRole(0) };
}

/**
 * Fills an empty database from a backup, in one transaction, and compares every table. A database that was filled from it
 * already stays as it is, because services may have written since.
 */
export async function fill(given: Server, target: Target, id: string, keys: readonly string[]): Promise<string> {
  const { host, port, database } = given;
  const backup = await findBackup(target, id);
  const server = await loggingIn(given);
  const { tables, filledFrom } = await stateOf(server);
  if (filledFrom === backup.id) return `The database ${database} was filled from the backup ${backup.id} already.`;
  if (tables > 0)
    throw new BackupError(
      `The database ${database} at ${host}:${port} has ${tables} tables, and only an empty one is filled from the backup ${backup.id}. ` +
        "Fix: empty it if nobody needs them, or remove nexus:postgres.restoreFrom.",
    );
  const manifest = await restoreInto(server, target, backup, keys, ["--single-transaction"]);
  const client = await connect(server);
  try {
    // The services' schemas belong to the role that restored them; the database may belong to somebody else.
    for (const schema of Object.keys(manifest.migrations))
      await client.query(
        `comment on schema ${escapeIdentifier(schema)} is ${client.escapeLiteral(FILLED + backup.id)}`,
      );
  } finally {
    await client.end();
  }
  const count = Object.keys(manifest.contents).length;
  return `The database ${database} is filled from the backup ${backup.id} and verified: ${count} tables, ${rowsOf(manifest.contents)} rows.`;
}

/** Name of the database into which a backup is restored, beside the one in use. */
function besideName(database: string, { number }: Backup): string {
  return `${database}_restore_${number}`;
}

async function withMaintenance<T>(server: Server, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await connect({ ...server, database: MAINTENANCE });
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function exists(client: Client, database: string): Promise<boolean> {
  const { rowCount } = await client.query("select 1 from pg_database where datname = $1", [database]);
  return rowCount === 1;
}

/** Restores a backup beside the database in use, which is not touched. */
export async function prepareRestore(
  server: Server,
  target: Target,
  id: string,
  keys: readonly string[],
): Promise<string> {
  const backup = await findBackup(target, id);
  const beside = besideName(server.database, backup);
  const drop = (client: Client) => client.query(`drop database if exists ${escapeIdentifier(beside)} with (force)`);
  await withMaintenance(server, async (client) => {
    // An earlier attempt may have left it.
    await drop(client);
    await client.query(`create database ${escapeIdentifier(beside)} template template0`).catch((error: unknown) => {
      if (errorCode(error) !== FORBIDDEN) throw error;
      throw new BackupError(
        `The role ${server.user} may not create databases at ${server.host}:${server.port}, and a backup is restored beside the database in use. ` +
          `Fix: on that server, run: alter role ${escapeIdentifier(server.user)} createdb`,
      );
    });
  });
  try {
    const manifest = await restoreInto({ ...server, database: beside }, target, backup, keys);
    const tables = Object.keys(manifest.contents).length;
    return `The backup ${backup.id} is restored into ${beside} and verified: ${tables} tables, ${rowsOf(manifest.contents)} rows. Nothing uses it yet.`;
  } catch (error) {
    await withMaintenance(server, drop);
    throw error;
  }
}

/**
 * Puts the database that {@link prepareRestore} made in the place of the one in use, which is kept under another name.
 * Both change in one transaction, so a process that is killed changes nothing.
 */
export async function switchRestored(server: Server, target: Target, id: string): Promise<string> {
  const backup = await findBackup(target, id);
  const { database } = server;
  const beside = besideName(database, backup);
  return await withMaintenance(server, async (client) => {
    if (!(await exists(client, beside)))
      throw new BackupError(
        `The backup ${backup.id} is not restored beside the database yet. Fix: npm run restore -- --from ${backup.id}`,
      );
    const { rows } = await client.query<{ stamp: string }>(
      "select to_char(now() at time zone 'UTC', 'YYYYMMDD\"T\"HH24MISS') as stamp",
    );
    const kept = `${database}_before_${rows[0]?.stamp}`;
    const isPresent = await exists(client, database);
    await client.query("begin");
    if (isPresent) await rename(client, database, kept);
    await rename(client, beside, database);
    await client.query("commit");
    const old = isPresent ? ` The former database is kept as ${kept}; drop it when it is not needed any more.` : "";
    return `The database ${database} is now that of the backup ${backup.id}.${old}`;
  });
}

/** A database that somebody uses cannot be renamed. */
async function rename(client: Client, from: string, to: string): Promise<void> {
  await client.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", [from]);
  await client.query(`alter database ${escapeIdentifier(from)} rename to ${escapeIdentifier(to)}`);
}
