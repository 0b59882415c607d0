import { sql } from "kysely";
import {
  createPool,
  createSchemaCheck,
  explainDatabaseError,
  isConnectionError,
  migrate,
  type MigrationSet,
  waitForDatabase,
} from "../src";
import { captureLog } from "@nexus/testkit/log-capture";
import { startPostgres, type TestPostgres } from "@nexus/testkit/postgres";

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());

const set: MigrationSet = {
  schema: "demo",
  migrations: {
    "0001_first": {
      async up(db) {
        await sql`create table demo.first (id int)`.execute(db);
      },
    },
  },
};

async function failure(settings: Partial<TestPostgres["settings"]>): Promise<string> {
  const env = { ...postgres.settings, ...settings };
  const pool = createPool(env, captureLog("demo").log);
  try {
    await pool.query("select 1");
    return "no failure";
  } catch (error) {
    return explainDatabaseError(error, env);
  } finally {
    await pool.end();
  }
}

test("a connection that breaks while it is in use does not end the process, and the next one works", async () => {
  const pool = createPool(postgres.settings, captureLog("demo").log);
  const lent = await pool.connect();
  const { rows } = await lent.query<{ pid: number }>("select pg_backend_pid() as pid");
  const ended = new Promise<void>((resolve) => lent.once("end", resolve));
  await pool.query("select pg_terminate_backend($1)", [rows[0]?.pid]);
  await ended;
  await expect(lent.query("select 1")).rejects.toThrow();
  lent.release(true);
  expect((await pool.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  await pool.end();
});

test("B26: problems of a connection are explained in words", async () => {
  const port = postgres.settings.DATABASE_PORT;
  expect(await failure({ DATABASE_PASSWORD: "wrong" })).toBe(
    `127.0.0.1:${port} refused the password of nexus (DATABASE_PASSWORD)`,
  );
  expect(await failure({ DATABASE_NAME: "none" })).toBe(`127.0.0.1:${port} has no database none (DATABASE_NAME)`);
  expect(await failure({ DATABASE_PORT: 1 })).toBe("nothing listens at 127.0.0.1:1 (DATABASE_HOST, DATABASE_PORT)");
});

test("B17: two concurrent migration runners both succeed, and a repetition changes nothing", async () => {
  const { log, lines } = captureLog("demo");
  const pool = createPool(postgres.settings, log);
  const check = createSchemaCheck(pool, set);
  await expect(check()).rejects.toThrow("schema demo has no migration 0001_first; run migrate.js");
  await Promise.all([migrate(pool, set, log), migrate(pool, set, log)]);
  await migrate(pool, set, log);
  await check();
  expect(lines.filter(({ message }) => message === "schema is current").map(({ applied }) => applied)).toEqual([
    1, 0, 0,
  ]);
  await pool.end();
});

describe("F7: a release that is rolled back to", () => {
  const nothing = { up: async () => undefined };
  const older: MigrationSet = { schema: "rolled", migrations: { "0001_first": nothing } };
  const newer = (name: string): MigrationSet => ({ ...older, migrations: { ...older.migrations, [name]: nothing } });

  it("works with the migrations of a newer one, and the newer one goes on from them", async () => {
    const { log, lines } = captureLog("rolled");
    const pool = createPool(postgres.settings, log);
    await migrate(pool, newer("0002_more"), log);
    await migrate(pool, older, log);
    await createSchemaCheck(pool, older)();
    expect(lines).toContainEqual(
      expect.objectContaining({ message: "the schema is that of a newer release", unknown: ["0002_more"] }),
    );
    await migrate(pool, { ...older, migrations: { ...newer("0002_more").migrations, "0003_third": nothing } }, log);
    await pool.end();
  });

  it("refuses a database from which a newer one took something away, and changes nothing", async () => {
    const { log } = captureLog("rolled");
    const pool = createPool(postgres.settings, log);
    const schema = "narrowed";
    await migrate(pool, { ...newer("0002_drop_contract"), schema }, log);
    await expect(migrate(pool, { ...older, schema }, log)).rejects.toThrow(
      "schema narrowed has the migration 0002_drop_contract of a newer release, and this release cannot work with it. " +
        "Fix: deploy that release again, or restore a backup from before it.",
    );
    await createSchemaCheck(pool, { ...newer("0002_drop_contract"), schema })();
    await pool.end();
  });
});

test("a pool outlives a restart of the server", async () => {
  const { log, lines } = captureLog("demo");
  const pool = createPool(postgres.settings, log);
  await pool.query("select 1");
  await postgres.halt();
  const error = await pool.query("select 1").then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(isConnectionError(error)).toBe(true);
  const waiting = waitForDatabase(pool, postgres.settings, log);
  await postgres.resume();
  await waiting;
  expect(lines.at(-1)).toMatchObject({ level: "info", message: "database connected" });
  await pool.end();
});
