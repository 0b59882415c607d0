import { createHash, randomBytes, randomUUID } from "node:crypto";
import { createPool, migrate } from "@nexus/service";
import { openDatabase, type TestDatabase } from "@nexus/testkit/database";
import { captureLog } from "@nexus/testkit/log-capture";
import { hashPassword } from "../src/accounts/passwords";
import { studioMigrations } from "../src/store/migrations";
import { BackendWorld, Browser, PASSWORD } from "./backend-world";

/** The last migration of the release before. */
const LAST = "0011_oidc";
const ROLES = ["owner", "admin", "member", "viewer"] as const;
const hashOf = (token: string) => createHash("sha256").update(token).digest();

const tenantId = randomUUID();
const people = ROLES.map((role) => ({
  role,
  id: randomUUID(),
  email: `${role}@example.com`,
  password: `${role}: ${PASSWORD}`,
  refreshToken: randomBytes(32).toString("base64url"),
  cookie: randomBytes(16).toString("hex"),
}));
const invitation = randomBytes(32).toString("base64url");

/** A database as the release before left it, with accounts, sessions, a tenant and an open invitation. */
async function before(): Promise<TestDatabase> {
  const database = await openDatabase();
  const { log } = captureLog("graphstudio-backend");
  const pool = createPool(database.settings, log);
  const known = Object.entries(studioMigrations.migrations).filter(([name]) => name <= LAST);
  expect(known.at(-1)?.[0]).toBe(LAST);
  await migrate(pool, { ...studioMigrations, migrations: Object.fromEntries(known) }, log);
  const client = await pool.connect();
  try {
    const add = (table: string, row: Readonly<Record<string, unknown>>) => {
      const [names, values] = [Object.keys(row), Object.values(row)];
      const places = values.map((_value, index) => `$${index + 1}`).join(", ");
      return client.query(`insert into studio.${table} (${names.join(", ")}) values (${places})`, values);
    };
    const expiresAt = new Date(Date.now() + 86_400_000);
    // A tenant always has an owner at the end of a transaction.
    await client.query("begin");
    await add("tenants", { id: tenantId, name: "Before & Co" });
    for (const { role, id, email, password, refreshToken, cookie } of people) {
      await add("users", { id, email });
      const identity = { user_id: id, provider_id: "credential", account_id: id };
      await add("identities", { ...identity, password: await hashPassword(password) });
      await add("members", { tenant_id: tenantId, user_id: id, role });
      const sessionId = randomUUID();
      await add("sessions", { id: sessionId, user_id: id });
      await add("refresh_tokens", {
        token_hash: hashOf(refreshToken),
        session_id: sessionId,
        expires_at: expiresAt,
      });
      const token = hashOf(cookie).toString("base64url");
      await add("browser_sessions", { id: randomUUID(), user_id: id, token, expires_at: expiresAt });
    }
    await add("invitations", {
      id: randomUUID(),
      tenant_id: tenantId,
      token_hash: hashOf(invitation),
      role: "viewer",
      invited_by: people[0]?.id,
      expires_at: expiresAt,
    });
    await client.query("commit");
  } finally {
    client.release();
    await pool.end();
  }
  return database;
}

let world: BackendWorld;
beforeAll(async () => {
  world = await BackendWorld.startOn(before);
});
afterAll(() => world?.stop());

test.each(people)(
  "after the update, the $role of the release before logs in, and their sessions go on",
  async (person) => {
    const { role, id, email, password, refreshToken, cookie } = person;
    const user = { id, email, role, tenantId };
    expect(await world.ask("POST", "/auth/refresh", { refreshToken })).toMatchObject({ status: 200, body: { user } });
    const tab = new Browser(world, email);
    tab.cookie = `nexus_session=${cookie}`;
    expect(await tab.renew()).toMatchObject({ status: 200, body: { user } });
    expect(await world.ask("POST", "/auth/login", { email, password })).toMatchObject({ status: 200, body: { user } });
    const browser = new Browser(world, email);
    expect(await browser.logIn(password)).toMatchObject({ status: 200, body: { user } });
    expect((await browser.ask("GET", "/account/me")).body).toMatchObject({ tenantName: "Before & Co" });
    expect((await new Browser(world, email).logIn("not the password")).status).toBe(401);
  },
);

test("after the update, an invitation of the release before works, and roles and limits do", async () => {
  const joined = await new Browser(world).signUp({ invitation });
  expect(joined).toMatchObject({ status: 201, body: { user: { tenantId, role: "viewer" } } });
  const [owner] = people;
  const browser = new Browser(world, owner?.email);
  await browser.logIn(owner?.password);
  const { items } = (await browser.ask("GET", `/account/tenants/${tenantId}/members`)).body as { items: object[] };
  expect(items).toHaveLength(ROLES.length + 1);
  const rename = await browser.ask("PUT", `/account/tenants/${tenantId}`, { name: "After & Co" });
  expect(rename).toMatchObject({ status: 200, body: { name: "After & Co" } });
  expect((await browser.ask("GET", `/account/tenants/${tenantId}/subscription`)).body).toMatchObject({ members: 5 });
});
