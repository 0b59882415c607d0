import { Client, escapeIdentifier } from "pg";
import { tlsOptions } from "@nexus/contract";
import { explainTlsError, isError } from "@nexus/service";
import { BackupError } from "./backup-error";
import type { Contents, Migrations } from "./manifest";
import type { Server } from "./programs";

/** Opens a connection for long statements. */
export async function connect({ host, port, user, password, database, tls }: Server): Promise<Client> {
  const account = { host, port, user, password, database };
  const ssl = tlsOptions({ host, ...tls });
  const client = new Client({ ...account, ssl, connectionTimeoutMillis: 10_000, keepAlive: true });
  // Without a listener, a connection that breaks would end the process instead of the statement.
  client.on("error", () => undefined);
  try {
    await client.connect();
  } catch (error) {
    const problem = explainTlsError(error);
    const text = problem ?? `does not let ${user} in: ${isError(error) ? error.message : String(error)}`;
    throw new BackupError(`The database ${database} at ${host}:${port} ${text}`, { cause: error });
  }
  return client;
}

const OWN_SCHEMAS = "n.nspname !~ '^pg_' and n.nspname <> 'information_schema'";

/**
 * Everything that the tables hold. The sum does not depend on the order of the rows. It is made from their text, which
 * the same settings make equal on every server.
 */
export async function contentsOf(client: Client): Promise<Contents> {
  await client.query("set timezone = 'UTC'");
  await client.query("set datestyle = 'ISO, YMD'");
  await client.query("set intervalstyle = 'iso_8601'");
  await client.query("set bytea_output = 'hex'");
  await client.query("set extra_float_digits = 1");
  const { rows: tables } = await client.query<{ schema: string; name: string }>(
    `select n.nspname as schema, c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and c.relpersistence <> 't' and ${OWN_SCHEMAS} order by 1, 2`,
  );
  const contents: Contents = {};
  for (const { schema, name } of tables) {
    const table = `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`;
    const hash = "('x' || left(encode(sha256(convert_to(t::text, 'UTF8')), 'hex'), 16))::bit(64)::bigint::numeric";
    const result = await client.query<{ rows: string; sum: string }>(
      `select count(*)::text as rows, coalesce(sum(${hash}), 0)::text as sum from only ${table} t`,
    );
    const [row] = result.rows;
    if (row) contents[`${schema}.${name}`] = { rows: Number(row.rows), sum: row.sum };
  }
  return contents;
}

/** The migrations that the services applied. */
export async function migrationsOf(client: Client): Promise<Migrations> {
  const { rows: schemas } = await client.query<{ schema: string }>(
    `select n.nspname as schema from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relname = 'schema_migrations' and c.relkind = 'r' and ${OWN_SCHEMAS} order by 1`,
  );
  const migrations: Migrations = {};
  for (const { schema } of schemas) {
    const table = `${escapeIdentifier(schema)}.schema_migrations`;
    const { rows } = await client.query<{ name: string }>(`select name from ${table} order by name`);
    migrations[schema] = rows.map(({ name }) => name);
  }
  return migrations;
}

/** Differences in words; empty if both hold the same. */
export function differences(expected: Contents, found: Contents): string[] {
  const names = [...new Set([...Object.keys(expected), ...Object.keys(found)])].sort();
  return names.flatMap((name) => {
    const [want, have] = [expected[name], found[name]];
    if (!have) return [`${name} is missing`];
    if (!want) return [`${name} is not in the backup`];
    if (want.rows !== have.rows) return [`${name} has ${have.rows} rows instead of ${want.rows}`];
    return want.sum === have.sum ? [] : [`${name} has the same number of rows with another content`];
  });
}

/** Number of all rows. */
export function rowsOf(contents: Contents): number {
  return Object.values(contents).reduce((sum, { rows }) => sum + rows, 0);
}
