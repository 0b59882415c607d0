import { databaseSchemas } from "@nexus/contract";
import { makeCertificate } from "@nexus/testkit/certificate";
import { captureLog } from "@nexus/testkit/log-capture";
import { queryWith, startPostgres, type TestPostgres } from "@nexus/testkit/postgres";
import { sql } from "kysely";
import { createPool, type MigrationSet, runMigrations } from "../src";

const SCHEMA = databaseSchemas["workspace-kernel"];
const WAIT_MS = 300;

let postgres: TestPostgres;
let authority: string;
let stranger: string;

const administer = (text: string) => queryWith({ ...postgres.settings, DATABASE_NAME: "postgres" }, text);

beforeAll(async () => {
  const [certificate, other] = await Promise.all([makeCertificate("localhost"), makeCertificate("localhost")]);
  [authority, stranger] = [certificate.certificate, other.certificate];
  postgres = await startPostgres({ certificate });
  for (const role of ["app", "app_b"]) await administer(`create role ${role} login password 'app-password'`);
});
afterAll(() => postgres?.stop());

/** A database as its administrator prepares it. */
async function prepared(name: string, ...statements: string[]): Promise<void> {
  await administer(`create database ${name}`);
  for (const statement of statements) await administer(statement);
}

const environment = (changes: object = {}) => ({
  ...postgres.settings,
  ROTATION: 0,
  DATABASE_HOST: "localhost",
  DATABASE_USER: "app",
  DATABASE_PASSWORD: "app-password",
  DATABASE_SSLMODE: "verify-full" as const,
  DATABASE_SSLROOTCERT: authority,
  ...changes,
});

const first: MigrationSet = {
  schema: SCHEMA,
  migrations: {
    "0001_first": { up: (db) => sql`create table kernel.rows (id int)`.execute(db).then(() => undefined) },
  },
};
const second: MigrationSet = {
  ...first,
  migrations: {
    ...first.migrations,
    "0002_second": { up: (db) => sql`alter table kernel.rows add text text`.execute(db).then(() => undefined) },
  },
};

/** The exit code of a migration Job, and the last that it logged. */
async function migrated(changes: object, set = first): Promise<[number, string]> {
  const { log, lines } = captureLog("demo");
  const code = await runMigrations(environment(changes), set, log, undefined, WAIT_MS);
  return [code, String(lines.at(-1)?.message)];
}

describe("X9: the migration Job at a server of somebody else", () => {
  it("needs nothing but the right to create schemas in the database, over a connection that checks the server", async () => {
    await prepared("usable", "grant create on database usable to app");
    expect(await migrated({ DATABASE_NAME: "usable" })).toEqual([0, "schema is current"]);
  });

  it("says which right the role lacks, and the statement that grants it", async () => {
    await prepared("bare");
    const [code, said] = await migrated({ DATABASE_NAME: "bare" });
    expect(code).toBe(1);
    expect(said).toBe(
      `migration failed: localhost:${postgres.settings.DATABASE_PORT}: the role app may not create schemas in the database bare. ` +
        'Fix: on that server, run: grant create on database "bare" to "app"',
    );
  });

  it.each([
    ["a wrong password", { DATABASE_PASSWORD: "wrong" }, /refused the password of app \(DATABASE_PASSWORD\)/],
    ["a database that does not exist", { DATABASE_NAME: "nowhere" }, /has no database nowhere \(DATABASE_NAME\)/],
    ["no encryption", { DATABASE_SSLMODE: "disable" }, /asks for TLS \(DATABASE_SSLMODE\)/],
    ["a port where nothing listens", { DATABASE_PORT: 1 }, /nothing listens at localhost:1 \(DATABASE_HOST/],
  ])("names host, port, reason and fix after %s", async (_what, changes, reason) => {
    const [code, said] = await migrated(changes);
    expect([code, said]).toEqual([1, expect.stringMatching(reason)]);
    expect(said).toMatch(
      / localhost:\d+.* Fix: correct the secret nexus:databaseUrl, nexus:postgres\.caCertificate or /,
    );
  });

  it("A41: refuses a server whose certificate another authority signed, or that has another name", async () => {
    const [code, said] = await migrated({ DATABASE_SSLROOTCERT: stranger });
    expect([code, said]).toEqual([1, expect.stringContaining("has a certificate of an unknown authority")]);
    const [, named] = await migrated({ DATABASE_HOST: "127.0.0.1" });
    expect(named).toContain("has a certificate for another name (DATABASE_HOST, or DATABASE_SSLMODE verify-ca)");
  });

  it("A32: two roles of the administrator's take turns, and the second works with what the first made", async () => {
    await prepared("turns", "grant create on database turns to app");
    expect(await migrated({ DATABASE_NAME: "turns" })).toEqual([0, "schema is current"]);
    const other = { DATABASE_NAME: "turns", DATABASE_USER: "app_b" };
    const [code, said] = await migrated(other, second);
    expect([code, said]).toEqual([1, expect.stringContaining("the role app_b may not create schemas in the database")]);
    await administer("grant create on database turns to app_b");
    expect((await migrated(other, second))[1]).toContain(
      'the role app_b may not use what others made there: the schema kernel of app. Fix: log in as that role, or run on that server: grant <that role> to "app_b"; alter role "app_b" set role to <that role>',
    );
    for (const text of ['grant app to "app_b"', 'alter role "app_b" set role to app']) await administer(text);
    expect(await migrated(other, second)).toEqual([0, "schema is current"]);
    const pool = createPool(environment({ DATABASE_NAME: "turns" }), captureLog("demo").log);
    try {
      const { rows } = await pool.query("select tableowner from pg_tables where schemaname = 'kernel' order by 1");
      expect(new Set(rows.map(({ tableowner }: { tableowner: string }) => tableowner))).toEqual(new Set(["app"]));
    } finally {
      await pool.end();
    }
  });
});
