import { contracts, type DatabaseFacts, databaseFactsQuery, databaseProblems } from "@nexus/contract";
import { type Migration, Migrator } from "kysely";
import type { Pool, PoolClient } from "pg";
import { createDatabase, createPool, explainDatabaseError, isConnectionError } from "./database";
import { openAsOwner, prepareRoles, type RotatedDatabaseEnv } from "./database-roles";
import { errorCode, isError } from "./is-error";
import type { Logger } from "./log";

export interface MigrationSet {
  /** The PostgreSQL schema that the service owns; the table of applied migrations lives there too. */
  readonly schema: string;
  /** Applied in the order of their names; an applied migration is never changed. */
  readonly migrations: Readonly<Record<string, Migration>>;
}

const TABLE = "schema_migrations";
/** A server that starts with a new volume needs some seconds. */
const WAIT_MS = 60_000;
/** SQLSTATEs of a wrong password, of a user who may not come in, and of a database that does not exist. */
const LOGIN_CODES = new Set(["28P01", "28000", "3D000"]);
/** Any fixed number. It makes the migration Jobs of all services wait for each other. */
const LOCK_KEY = 720_451_001;

/** Brings the schema to the newest version. It can be repeated, and only one process runs it at a time. */
export async function migrate(pool: Pool, set: MigrationSet, log: Logger): Promise<void> {
  await alone(pool, () => migrateAlone(pool, set, log));
}

/** Works while no other Job does. */
async function alone(pool: Pool, work: (client: PoolClient) => Promise<void>): Promise<void> {
  const lock = await pool.connect();
  try {
    await lock.query("select pg_advisory_lock($1)", [LOCK_KEY]);
    await work(lock);
  } finally {
    await lock.query("select pg_advisory_unlock($1)", [LOCK_KEY]).catch(() => undefined);
    lock.release();
  }
}

async function migrateAlone(pool: Pool, set: MigrationSet, log: Logger): Promise<void> {
  const migrator = new Migrator({
    db: createDatabase(pool),
    provider: { getMigrations: async () => ({ ...(await ofNewerReleases(pool, set, log)), ...set.migrations }) },
    migrationTableSchema: set.schema,
    migrationTableName: TABLE,
    migrationLockTableName: `${TABLE}_lock`,
  });
  const { error, results = [] } = await migrator.migrateToLatest();
  for (const { migrationName, status } of results) log.info({ migration: migrationName, status }, "migration");
  if (error) throw error instanceof Error ? error : new Error("A migration failed.", { cause: error });
  log.info({ schema: set.schema, applied: results.length }, "schema is current");
}

/**
 * Migrations that a newer release applied, which then was rolled back. They only added things, so this release works with
 * them, and they do nothing here; without them the migrator would find its table wrong.
 * @throws Error if one of them took away what this release needs
 */
async function ofNewerReleases(pool: Pool, set: MigrationSet, log: Logger): Promise<Record<string, Migration>> {
  const unknown = (await appliedMigrations(pool, set)).filter((name) => !(name in set.migrations));
  const [breaking] = unknown.filter(contracts);
  if (breaking !== undefined)
    throw new Error(
      `schema ${set.schema} has the migration ${breaking} of a newer release, and this release cannot work with it. ` +
        "Fix: deploy that release again, or restore a backup from before it.",
    );
  if (unknown.length > 0) log.warn({ schema: set.schema, unknown }, "the schema is that of a newer release");
  return Object.fromEntries(unknown.map((name) => [name, { up: async () => undefined }]));
}

async function appliedMigrations(pool: Pool, { schema }: MigrationSet): Promise<string[]> {
  const { rows: found } = await pool.query("select to_regclass($1) as made", [`"${schema}"."${TABLE}"`]);
  if ((found as { made: string | null }[])[0]?.made === null) return [];
  const { rows } = await pool.query<{ name: string }>(`select name from "${schema}"."${TABLE}"`);
  return rows.map(({ name }) => name);
}

/** For /ready: checks that the newest migration of this build was applied. */
export function createSchemaCheck(pool: Pool, set: MigrationSet): () => Promise<void> {
  const newest = Object.keys(set.migrations).sort().at(-1);
  return async () => {
    const sql = `select 1 from "${set.schema}"."${TABLE}" where name = $1`;
    const rows = await pool.query(sql, [newest]).then(
      (result) => result.rowCount,
      (error: Error & { code?: string }) => {
        if (error.code === "42P01" || error.code === "3F000") return 0;
        throw error;
      },
    );
    if (!rows) throw new Error(`schema ${set.schema} has no migration ${newest}; run migrate.js`);
  };
}

/** @throws Error with everything that keeps the platform from using this database */
async function checkDatabase(pool: Pool): Promise<void> {
  const { rows } = await pool.query<DatabaseFacts>(databaseFactsQuery);
  const problems = rows.flatMap(databaseProblems);
  if (problems.length > 0) throw new Error(problems.join("; "));
}

/** What to do when the server of somebody else cannot be used; the stack's own server has no such settings. */
function fixFor(error: unknown, { DATABASE_PASSWORD_NEXT: next }: RotatedDatabaseEnv): string {
  // Who waited for the database in vain has the reason as the cause.
  const reason = isError(error) && error.cause !== undefined ? error.cause : error;
  const isRefused = isConnectionError(reason) || LOGIN_CODES.has(errorCode(reason));
  if (next !== undefined || !isRefused) return "";
  return ". Fix: correct the secret nexus:databaseUrl, nexus:postgres.caCertificate or nexus:postgres.cidr, or let pods of this cluster reach the server";
}

/** Afterwards the present role can log in. */
async function prepareDatabase(env: RotatedDatabaseEnv, log: Logger, waitMs: number): Promise<void> {
  const pool = await openAsOwner(env, log, waitMs);
  try {
    await alone(pool, (client) => prepareRoles(client, env, log));
  } finally {
    await pool.end();
  }
}

/**
 * The complete work of a migration Job: roles, schema, and what the service does with it.
 * @param then work on the current schema
 * @param waitMs time in which the database must answer
 * @returns the exit code
 */
export async function runMigrations(
  env: RotatedDatabaseEnv,
  set: MigrationSet,
  log: Logger,
  then?: (pool: Pool) => Promise<void>,
  waitMs = WAIT_MS,
): Promise<number> {
  let pool: Pool | undefined;
  try {
    log.info("starting");
    await prepareDatabase(env, log, waitMs);
    pool = createPool(env, log);
    await checkDatabase(pool);
    await migrate(pool, set, log);
    await then?.(pool);
    return 0;
  } catch (error) {
    log.error({ error }, `migration failed: ${explainDatabaseError(error, env)}${fixFor(error, env)}`);
    return 1;
  } finally {
    await pool?.end();
  }
}
