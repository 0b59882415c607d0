import { createPool } from "@nexus/service";
import { waitFor } from "@nexus/testkit/server-process";
import { type Answer, BackendWorld, Browser, PASSWORD } from "./backend-world";

let world: BackendWorld;
let owner: Browser;
let tenantId: string;

beforeAll(async () => {
  world = await BackendWorld.start();
}, 30_000);
beforeEach(async () => {
  owner = new Browser(world);
  await owner.signUp();
  tenantId = String((await owner.ask("POST", "/account/tenants", { name: "Engines" })).body.id);
});
afterAll(() => world?.stop());

const invitations = () => `/account/tenants/${tenantId}/invitations`;
const invite = async (more: object = {}, by = owner) => String((await by.ask("POST", invitations(), more)).body.token);
const accept = (who: Browser, token: string) => who.ask("POST", "/account/invitations/accept", { token });
const look = (token: string) => world.ask("POST", "/account/invitations/look", { token });
const invalid = { status: 404, body: { code: "invitation_invalid" } };
const idOf = async (who: Browser) => String((await who.ask("GET", "/account/me")).body.id);

async function someone(email?: string): Promise<Browser> {
  const browser = new Browser(world, email);
  await browser.signUp();
  return browser;
}

test("whoever has the link sees what it is for, and joins with a new account: no tenant of their own is made", async () => {
  const token = await invite({ role: "viewer" });
  const offer = await look(token);
  expect(offer).toMatchObject({ status: 200, body: { tenantName: "Engines", role: "viewer", invitedBy: owner.email } });
  const bob = new Browser(world);
  const joined = await bob.signUp({ invitation: token });
  expect(joined).toMatchObject({ status: 201, body: { user: { tenantId, role: "viewer" } } });
  expect((await bob.ask("GET", "/account/tenants")).body.items).toHaveLength(1);
});

test("a program signs up with an invitation too", async () => {
  const person = { email: "program@example.com", password: PASSWORD, invitation: await invite() };
  expect(await world.ask("POST", "/auth/signup", person)).toMatchObject({
    status: 201,
    body: { user: { tenantId, role: "member" } },
  });
});

test("who has an account already joins with it, and goes over to the tenant", async () => {
  const bob = await someone();
  expect(await accept(bob, await invite({ role: "admin" }))).toMatchObject({
    status: 200,
    body: { id: tenantId, role: "admin" },
  });
  expect(await bob.renew(tenantId)).toMatchObject({ status: 200, body: { user: { role: "admin" } } });
});

test("an invitation counts once, also for two who use it at the same time", async () => {
  const token = await invite();
  const [bob, eve] = [await someone(), await someone()];
  const pool = createPool(world.postgres.settings, world.log.log);
  const other = await pool.connect();
  await other.query("begin");
  await other.query("select 1 from studio.invitations where tenant_id = $1 for update", [tenantId]);
  const both = Promise.all([accept(bob, token), accept(eve, token)]);
  await waitFor("both wait for the invitation", async () => {
    const { rowCount } = await pool.query("select 1 from pg_stat_activity where wait_event_type = 'Lock'");
    expect(rowCount).toBe(2);
  });
  await other.query("commit");
  other.release();
  await pool.end();
  const answers = await both;
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 404]);
  expect(await accept(await someone(), token)).toMatchObject(invalid);
  expect(await look(token)).toMatchObject(invalid);
});

test("an invitation for an address counts for that one alone, in whatever case it is written", async () => {
  const bob = await someone();
  const token = await invite({ email: bob.email.toUpperCase() });
  expect(await accept(await someone(), token)).toMatchObject(invalid);
  const stranger = { email: "stranger@example.com", password: PASSWORD, invitation: token };
  expect(await world.ask("POST", "/auth/signup", stranger)).toMatchObject(invalid);
  expect((await accept(bob, token)).status).toBe(200);
  expect((await world.ask("POST", "/auth/login", stranger)).status).toBe(401);
});

test("an invitation that has run out or was withdrawn does not count", async () => {
  const [old, withdrawn] = [await invite({ role: "viewer" }), await invite({ role: "admin" })];
  await world.postgres.query("update studio.invitations set expires_at = now() where role = 'viewer'");
  const { items } = (await owner.ask("GET", invitations())).body as { items: { id: string }[] };
  expect(items).toHaveLength(1);
  const one = `${invitations()}/${items[0]?.id ?? ""}`;
  expect((await owner.ask("DELETE", one)).status).toBe(204);
  expect(await owner.ask("DELETE", one)).toMatchObject(invalid);
  for (const token of [old, withdrawn, "a".repeat(43)])
    expect(await accept(await someone(), token)).toMatchObject(invalid);
});

test("an invitation ends with the right of whoever made it", async () => {
  const admin = await someone();
  await accept(admin, await invite({ role: "admin" }));
  const token = await invite({}, admin);
  const member = `/account/tenants/${tenantId}/members/${await idOf(admin)}`;
  await owner.ask("PUT", member, { role: "viewer" });
  expect(await accept(await someone(), token)).toMatchObject(invalid);
  await owner.ask("PUT", member, { role: "admin" });
  expect((await accept(await someone(), token)).status).toBe(200);
});

test("who is a member already stays what they are, and uses no invitation up", async () => {
  const token = await invite({ role: "viewer" });
  expect(await accept(owner, token)).toMatchObject({ status: 200, body: { role: "owner" } });
  expect((await accept(await someone(), token)).status).toBe(200);
});

test("an invitation of another tenant cannot be withdrawn", async () => {
  await invite();
  const { items } = (await owner.ask("GET", invitations())).body as { items: { id: string }[] };
  const stranger = await someone();
  const own = String((await stranger.ask("POST", "/account/tenants", { name: "Other" })).body.id);
  expect(await stranger.ask("DELETE", `/account/tenants/${own}/invitations/${items[0]?.id ?? ""}`)).toMatchObject(
    invalid,
  );
});

test("neither the database, nor the list, nor the log holds the token", async () => {
  const token = await invite();
  await look(token);
  const rows = JSON.stringify(
    await world.postgres.query("select encode(token_hash, 'escape') as hash, * from studio.invitations"),
  );
  const list = JSON.stringify((await owner.ask("GET", invitations())).body);
  for (const text of [rows, list, world.log.text()]) expect(text).not.toContain(token);
});

test("a tenant has 1000 open invitations at most", async () => {
  await world.postgres.query(`
    insert into studio.invitations (id, tenant_id, token_hash, role, invited_by, expires_at)
    select gen_random_uuid(), '${tenantId}', sha256(('${tenantId}' || n)::bytea), 'member', '${await idOf(owner)}', now() + interval '1 day'
    from generate_series(1, 1000) n`);
  expect(await owner.ask("POST", invitations(), {})).toMatchObject({ status: 409, body: { code: "limit_reached" } });
});

describe("who may create an account", () => {
  const signUps = async (mode: string, invitation: string | undefined): Promise<Answer[]> => {
    const backend = await world.startBackend({ SIGN_UP: mode });
    const [was, paths] = [world.backend, ["/auth/signup", "/auth/session/signup"]];
    world.backend = backend;
    try {
      const answers: Answer[] = [];
      for (const path of paths)
        answers.push(
          await world.ask("POST", path, { email: new Browser(world).email, password: PASSWORD, invitation }),
        );
      return answers;
    } finally {
      world.backend = was;
      await backend.app.close();
      await backend.close();
    }
  };

  test("invite: only with an invitation", async () => {
    for (const answer of await signUps("invite", undefined))
      expect(answer).toMatchObject({
        status: 403,
        body: { code: "invitation_needed", detail: "Signing up here needs an invitation; ask a member for a link" },
      });
    expect((await signUps("invite", await invite()))[0]?.status).toBe(201);
    expect(await signUps("invite", "b".repeat(43))).toMatchObject([invalid, invalid]);
  });

  test("closed: nobody, not even with an invitation; who has an account still accepts one", async () => {
    const token = await invite();
    for (const answer of await signUps("closed", token))
      expect(answer).toMatchObject({ status: 403, body: { code: "sign_up_closed" } });
    expect((await accept(await someone(), token)).status).toBe(200);
  });
});
