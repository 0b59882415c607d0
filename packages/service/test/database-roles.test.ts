import { databaseRole } from "@nexus/contract";
import { captureLog } from "@nexus/testkit/log-capture";
import { startPostgres, type TestPostgres } from "@nexus/testkit/postgres";
import { sql } from "kysely";
import { Client, type Pool } from "pg";
import { createPool, type MigrationSet, runMigrations } from "../src";

let postgres: TestPostgres;
beforeEach(async () => {
  postgres = await startPostgres();
});
afterEach(() => postgres?.stop());

const set = (table: string): MigrationSet => ({
  schema: table,
  migrations: {
    "0001_first": {
      async up(db) {
        await sql`create table ${sql.table(`${table}.rows`)} (id int)`.execute(db);
      },
    },
  },
});

/** Passwords by generation; that of the volume is the first. A quote must not end the statement that sets one. */
const passwords = (first: string) => [first, ...Array.from({ length: 8 }, (_, index) => `password'${index + 1}`)];

function environment(rotation: number, first = postgres.settings.DATABASE_PASSWORD) {
  const of = (generation: number) => passwords(first)[generation] ?? "";
  return {
    ...postgres.settings,
    ROTATION: rotation,
    DATABASE_USER: databaseRole(rotation),
    DATABASE_PASSWORD: of(rotation),
    DATABASE_PASSWORD_NEXT: of(rotation + 1),
    ...(rotation > 0 && { DATABASE_PASSWORD_PREVIOUS: of(rotation - 1) }),
  };
}

/** What both Jobs of an update do at once. */
async function update(rotation: number, first?: string): Promise<void> {
  const { log, lines } = captureLog("demo");
  const codes = ["one", "two"].map((table) => runMigrations(environment(rotation, first), set(table), log));
  expect({ codes: await Promise.all(codes), lines }).toMatchObject({ codes: [0, 0] });
}

async function logsIn(generation: number): Promise<boolean> {
  const {
    DATABASE_HOST: host,
    DATABASE_PORT: port,
    DATABASE_USER: user,
    DATABASE_PASSWORD: password,
  } = environment(generation);
  const client = new Client({ host, port, user, password, database: "nexus" });
  try {
    await client.connect();
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: "28P01" });
    return false;
  } finally {
    await client.end();
  }
}

const whoLogIn = async () => {
  const all = await Promise.all(
    [0, 1, 2, 3, 4, 5].map(async (generation) => [generation, await logsIn(generation)] as const),
  );
  return all.filter(([, can]) => can).map(([generation]) => generation);
};

test("A32: three generations of services log in at a time, and a former one is refused from the next rotation", async () => {
  await update(0);
  expect(await whoLogIn()).toEqual([0, 1]);
  await update(1);
  expect(await whoLogIn()).toEqual([0, 1, 2]);
  // The same again, as after an update that failed.
  await update(1);
  expect(await whoLogIn()).toEqual([0, 1, 2]);
  for (const rotation of [2, 3, 4]) {
    await update(rotation);
    expect(await whoLogIn()).toEqual([rotation - 1, rotation, rotation + 1]);
  }
});

test("A32: services read and write without a failure while their role is rotated under them", async () => {
  await update(0);
  let done = 0;
  let ended = false;
  const work = async (pool: Pool) => {
    for (; !ended; done += 1) await pool.query("insert into one.rows values (1)");
    await pool.end();
  };
  const pods = [createPool(environment(0), captureLog("demo").log)];
  const running = [work(pods[0] as Pool)];
  await update(1);
  // The new pods start while the old ones still work, and then on connections of their own.
  pods.push(createPool(environment(1), captureLog("demo").log));
  running.push(work(pods[1] as Pool));
  const before = done;
  while (done < before + 100) await new Promise(setImmediate);
  ended = true;
  await Promise.all(running);
  expect(await postgres.query("select count(*)::int as count from one.rows")).toEqual([{ count: done }]);
});

test("A32: what a later role makes belongs to the owner, so every role can change it", async () => {
  await update(1);
  const pool = createPool(environment(1), captureLog("demo").log);
  await pool.query("create table one.more (id int)");
  await pool.end();
  expect(await postgres.query("select tableowner from pg_tables where tablename in ('rows', 'more')")).toEqual(
    Array(3).fill({ tableowner: "nexus" }),
  );
});

test("A32: a new volume of a stack that was rotated has the roles after the first update", async () => {
  // A new server gives its owner the present password.
  await postgres.query(`alter role nexus password 'password''3'`);
  await update(3);
  expect(await whoLogIn()).toEqual([3, 4]);
});

test("A32: the roles of a server of others stay as they are", async () => {
  const { log } = captureLog("demo");
  const env = { ...postgres.settings, ROTATION: 2 };
  expect(await runMigrations(env, set("one"), log)).toBe(0);
  expect(await postgres.query("select rolname from pg_roles where rolcanlogin")).toEqual([{ rolname: "nexus" }]);
});
