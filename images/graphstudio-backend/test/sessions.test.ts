import { createDatabase, createPool, migrate, PlanBook } from "@nexus/service";
import type { Kysely } from "kysely";
import { sql } from "kysely";
import type { Pool } from "pg";
import { openDatabase, type TestDatabase } from "@nexus/testkit/database";
import { captureLog } from "@nexus/testkit/log-capture";
import { AccountStore } from "../src/store/account-store";
import { studioMigrations } from "../src/store/migrations";
import { REUSE_GRACE_SECONDS, type Rotation, SessionStore } from "../src/store/session-store";
import type { StudioTables } from "../src/store/tables";

const { log } = captureLog("graphstudio-backend");
let database: TestDatabase;
let pool: Pool;
let db: Kysely<StudioTables>;
let sessions: SessionStore;
let userId: string;

beforeAll(async () => {
  database = await openDatabase();
  pool = createPool(database.settings, log);
  await migrate(pool, studioMigrations, log);
  db = createDatabase<StudioTables>(pool);
  sessions = new SessionStore(db, 3600);
  const account = { email: "ada@example.com", verified: false, passwordHash: "-", home: { tenantName: "ada" } };
  ({ userId } = await new AccountStore(db, new PlanBook(undefined)).create(account));
});
beforeEach(() => database.query("delete from studio.sessions"));
afterAll(async () => {
  await pool?.end();
  await database?.stop();
});

const tokenOf = (rotation: Rotation): string => {
  if (rotation.outcome !== "rotated") throw new Error(`no token: ${rotation.outcome}`);
  return rotation.refreshToken;
};
const next = async (token: string) => tokenOf(await sessions.rotate(token));
const outcome = async (token: string) => (await sessions.rotate(token)).outcome;

/** Moves everything in the database into the past. */
const age = (seconds: number) =>
  db
    .updateTable("studio.refresh_tokens")
    .set({ used_at: sql<Date>`used_at - ${seconds} * interval '1 second'` })
    .execute();

const count = async (what: string) => {
  const [row] = await database.query(`select count(*)::int as n from studio.refresh_tokens ${what}`);
  return row?.n;
};

test("a refresh gives another token, which gives the next one", async () => {
  const first = await sessions.open(userId);
  const second = await next(first);
  const third = await next(second);
  expect(new Set([first, second, third]).size).toBe(3);
});

test("a token that was used a moment ago leads to the session's present token, however far that has gone on", async () => {
  const first = await sessions.open(userId);
  const second = await next(first);
  await age(REUSE_GRACE_SECONDS - 5);
  expect(await next(first)).toBe(second);
  const third = await next(second);
  expect(await next(first)).toBe(third);
  expect(await next(second)).toBe(third);
  expect(await outcome(third)).toBe("rotated");
});

test("a token that was used longer ago ends the whole session", async () => {
  const first = await sessions.open(userId);
  const second = await next(first);
  await age(REUSE_GRACE_SECONDS + 1);
  expect(await sessions.rotate(first)).toEqual({ outcome: "reused", userId });
  expect(await outcome(second)).toBe("invalid");
});

test("a repeated use does not prolong the grace", async () => {
  const first = await sessions.open(userId);
  await next(first);
  await age(REUSE_GRACE_SECONDS - 5);
  await next(first);
  await age(6);
  expect(await outcome(first)).toBe("reused");
});

test("a thief who came within the grace is found out as soon as owner and thief use their token apart", async () => {
  const first = await sessions.open(userId);
  const owner = await next(first);
  const thief = await next(first);
  await next(thief);
  await age(REUSE_GRACE_SECONDS + 1);
  expect(await outcome(owner)).toBe("reused");
});

test("refreshes with one token at once all get a token that works, and the session goes on", async () => {
  const first = await sessions.open(userId);
  const tokens = await Promise.all(Array.from({ length: 8 }, () => next(first)));
  const later = await Promise.all(tokens.map(next));
  expect(new Set(later).size).toBe(1);
  expect(await outcome(later[0] ?? "")).toBe("rotated");
});

test("one token used over and over makes one live token", async () => {
  const first = await sessions.open(userId);
  for (let n = 0; n < 20; n += 1) await next(first);
  expect(await count("")).toBe(2);
  expect(await count("where used_at is null")).toBe(1);
});

test("a token that hundreds of refreshes have left behind in the grace is refused and ends nothing", async () => {
  const first = await sessions.open(userId);
  let newest = first;
  for (let n = 0; n < 120; n += 1) newest = await next(newest);
  expect(await outcome(first)).toBe("invalid");
  expect(await outcome(newest)).toBe("rotated");
});

test.each(["the token that was used", "the present token"])("no grace after a log-out with %s", async (which) => {
  const first = await sessions.open(userId);
  const second = await next(first);
  await sessions.close(which === "the present token" ? second : first);
  expect(await outcome(first)).toBe("invalid");
  expect(await outcome(second)).toBe("invalid");
});

test("a session that ended because of a reuse gives no token, whatever was used a moment ago", async () => {
  const first = await sessions.open(userId);
  const second = await next(first);
  await age(REUSE_GRACE_SECONDS + 1);
  const third = await next(second);
  expect(await outcome(first)).toBe("reused");
  expect(await outcome(second)).toBe("invalid");
  expect(await outcome(third)).toBe("invalid");
});

test("another session of the same person goes on", async () => {
  const [first, other] = [await sessions.open(userId), await sessions.open(userId)];
  await next(first);
  await age(REUSE_GRACE_SECONDS + 1);
  expect(await outcome(first)).toBe("reused");
  expect(await outcome(other)).toBe("rotated");
});

test("a token that a pod of the release before has used is accepted in the grace as well", async () => {
  const first = await sessions.open(userId);
  await db
    .updateTable("studio.refresh_tokens")
    .set({ used_at: sql<Date>`now()` })
    .execute();
  const second = await next(first);
  expect(await next(first)).toBe(second);
  expect(await outcome(second)).toBe("rotated");
});
