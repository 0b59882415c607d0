import { createPool, migrate } from "@nexus/service";
import { startPostgres, type TestPostgres } from "@nexus/testkit/postgres";
import { captureLog } from "@nexus/testkit/log-capture";
import { hashPassword, verifyPassword } from "../src/accounts/passwords";
import { studioMigrations } from "../src/store/migrations";
import { BackendWorld, Browser, newEmail, PASSWORD } from "./backend-world";

/** What pods of the release before do, which knew the first two migrations. */
const before = {
  signUp: (email: string, passwordHash: string) => `
    with person as (
      insert into studio.users (id, email, password_hash) values (gen_random_uuid(), '${email}', '${passwordHash}') returning id
    ), tenant as (
      insert into studio.tenants (id, name) values (gen_random_uuid(), 'before') returning id
    )
    insert into studio.members (tenant_id, user_id, role) select tenant.id, person.id, 'owner' from tenant, person`,
  find: (email: string) => `
    select users.id, users.password_hash, tenants.name, members.role from studio.users as users
    join studio.members as members on members.user_id = users.id
    join studio.tenants as tenants on tenants.id = members.tenant_id
    where users.email = '${email}' order by members.created_at limit 1`,
};

let world: BackendWorld;

beforeAll(async () => {
  world = await BackendWorld.start();
}, 30_000);
afterAll(() => world?.stop());

const passwordHashOf = async (email: string) =>
  String((await world.postgres.query(before.find(email)))[0]?.password_hash);

test("accounts and sessions of the release before are there after the update, with the same passwords", async () => {
  const { log } = captureLog("graphstudio-backend");
  const postgres: TestPostgres = await startPostgres();
  const pool = createPool(postgres.settings, log);
  try {
    const { "0001_accounts": first, "0002_refresh_grace": second } = studioMigrations.migrations;
    if (!first || !second) throw new Error("the migrations of the release before are gone");
    const migrations = { "0001_accounts": first, "0002_refresh_grace": second };
    await migrate(pool, { ...studioMigrations, migrations }, log);
    await postgres.query(before.signUp("ada@example.com", await hashPassword(PASSWORD)));
    await postgres.query("insert into studio.sessions (id, user_id) select gen_random_uuid(), id from studio.users");
    await migrate(pool, studioMigrations, log);
    const [identity] = await postgres.query("select provider_id, password from studio.identities");
    expect(identity?.provider_id).toBe("credential");
    expect(await verifyPassword(String(identity?.password), PASSWORD)).toBe(true);
    expect(await postgres.query("select 1 from studio.sessions where revoked_at is null")).toHaveLength(1);
  } finally {
    await pool.end();
    await postgres.stop();
  }
});

test("who signs up at a pod of the release before logs in at a new one, by program and by browser", async () => {
  const email = newEmail();
  await world.postgres.query(before.signUp(email, await hashPassword(PASSWORD)));
  expect((await world.ask("POST", "/auth/login", { email, password: PASSWORD })).status).toBe(200);
  expect((await new Browser(world, email).logIn()).status).toBe(200);
});

test("who signs up at a new pod logs in at one of the release before", async () => {
  const ada = new Browser(world);
  await ada.signUp();
  expect(await verifyPassword(await passwordHashOf(ada.email), PASSWORD)).toBe(true);
});

test("a password that either release changes is changed for both", async () => {
  const ada = new Browser(world);
  await ada.signUp();
  const set = (table: string, column: string, hash: string) =>
    world.postgres.query(
      `update studio.${table} set ${column} = '${hash}'
       where ${table === "users" ? "id" : "user_id"} = (select id from studio.users where email = '${ada.email}')`,
    );
  await set("users", "password_hash", await hashPassword("changed by the old one"));
  expect((await ada.logIn("changed by the old one")).status).toBe(200);
  await set("identities", "password", await hashPassword("changed by the new one"));
  expect(await verifyPassword(await passwordHashOf(ada.email), "changed by the new one")).toBe(true);
  expect((await ada.logIn()).status).toBe(401);
});

test("a session of a program that a pod of the release before opened goes on, and never ends a browser's", async () => {
  const ada = new Browser(world);
  await ada.signUp();
  const { body } = await world.ask("POST", "/auth/login", { email: ada.email, password: PASSWORD });
  // At each log-in it deletes the sessions that have no refresh token.
  await world.postgres.query(
    "delete from studio.sessions where not exists (select from studio.refresh_tokens where session_id = sessions.id)",
  );
  expect((await ada.renew()).status).toBe(200);
  expect((await world.ask("POST", "/auth/refresh", { refreshToken: body.refreshToken })).status).toBe(200);
});
