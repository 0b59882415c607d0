import { verifyTrail } from "@nexus/contract";
import { BackendWorld, Browser, PASSWORD } from "./backend-world";

let world: BackendWorld;

beforeAll(async () => {
  world = await BackendWorld.start();
});
afterAll(() => world?.stop());

interface Person {
  readonly browser: Browser;
  readonly tenantId: string;
  readonly userId: string;
  readonly name: string;
}

async function signUp(name = "Ada & Co"): Promise<Person> {
  const browser = new Browser(world);
  const { user } = (await browser.signUp({ tenantName: name })).body as { user: { id: string; tenantId: string } };
  return { browser, tenantId: user.tenantId, userId: user.id, name };
}

async function join(owner: Person, role: string): Promise<Person> {
  const path = `/account/tenants/${owner.tenantId}/invitations`;
  const { token } = (await owner.browser.ask("POST", path, { role })).body as { token: string };
  const person = await signUp("My own");
  expect((await person.browser.ask("POST", "/account/invitations/accept", { token })).status).toBe(200);
  return person;
}

const ofTenant = ({ tenantId }: Person) => `/account/tenants/${tenantId}`;
const remove = (by: Person, of: Person, more: object = {}) =>
  by.browser.ask("DELETE", ofTenant(of), { name: of.name, password: PASSWORD, ...more });
const leave = (person: Person, tenants: readonly string[], password = PASSWORD) =>
  person.browser.ask("DELETE", "/account/me", { password, tenants });

async function trailOf(chain: string): Promise<string[]> {
  const rows = await world.backend.database.query<{ line: string }>(
    "select line from studio.audit_rows where chain = $1 order by seq",
    [chain],
  );
  const head = await world.backend.database.query<{ end: string }>(
    "select json_build_object('chain', chain, 'end', json_build_object('seq', seq, 'hash', hash))::text as end from studio.audit_chains where chain = $1",
    [chain],
  );
  return [...rows.rows.map(({ line }) => line), ...head.rows.map(({ end }) => end)];
}

test("a tenant is deleted by an owner who names it and gives the password, and its audit trail can still be checked", async () => {
  const ada = await signUp();
  const [admin, stranger] = [await join(ada, "admin"), await signUp()];
  const { key } = (await ada.browser.ask("POST", `${ofTenant(ada)}/keys`, { name: "CI", scopes: ["workspaces.read"] }))
    .body as { key: string };
  expect((await remove(admin, ada)).body).toMatchObject({ status: 403, code: "forbidden" });
  expect((await remove(stranger, ada)).body).toMatchObject({ status: 404, code: "tenant_not_found" });
  expect((await remove(ada, ada, { password: "wrong" })).body).toMatchObject({ code: "credentials_invalid" });
  expect((await remove(ada, ada, { password: undefined })).body).toMatchObject({ code: "credentials_invalid" });
  expect((await remove(ada, ada, { name: "ada & co" })).body).toMatchObject({
    status: 409,
    code: "confirmation_needed",
    detail: 'The tenant\'s name is "Ada & Co"; give exactly this as `name`',
  });
  expect((await world.ask("POST", "/auth/keys/check", { key })).status).toBe(200);

  expect((await remove(ada, ada)).status).toBe(204);
  expect((await world.ask("POST", "/auth/keys/check", { key })).status).toBe(401);
  for (const person of [ada, admin]) expect((await person.browser.ask("GET", ofTenant(ada))).status).toBe(404);
  expect((await remove(ada, ada)).status).toBe(404);
  // The session goes on in another tenant.
  const { user } = (await admin.browser.renew()).body as { user: { tenantId: string } };
  expect(user.tenantId).toBe(admin.tenantId);
  const verdict = await verifyTrail(await trailOf(ada.tenantId));
  expect(verdict).toMatchObject({ problem: undefined });
  expect((await trailOf(ada.tenantId)).at(-2)).toContain('"act":"tenant.deleted"');
});

test("an account is deleted with the tenants where its person is alone, which must be named, and its address is free again", async () => {
  const [ada, team] = [await signUp("Ada alone"), await signUp("Team")];
  const member = await join(team, "member");
  const second = (await ada.browser.ask("POST", "/account/tenants", { name: "Also alone" })).body as { id: string };
  const { deletes, blockedBy } = (await ada.browser.ask("GET", "/account/deletion")).body as {
    deletes: { id: string; name: string }[];
    blockedBy: unknown[];
  };
  expect(deletes.map(({ name }) => name).sort()).toEqual(["Ada alone", "Also alone"]);
  expect(blockedBy).toEqual([]);
  expect((await leave(ada, [ada.tenantId])).body).toMatchObject({ status: 409, code: "confirmation_needed" });
  expect((await leave(ada, [ada.tenantId, second.id, team.tenantId])).body).toMatchObject({
    code: "confirmation_needed",
  });
  expect((await leave(ada, [ada.tenantId, second.id], "wrong")).body).toMatchObject({ code: "credentials_invalid" });

  expect((await leave(team, [])).body).toMatchObject({
    code: "last_owner",
    detail: 'You are the only owner of "Team", which has other members; make one of them an owner, or delete it',
    tenants: [{ id: team.tenantId, name: "Team" }],
  });
  expect((await leave(ada, [ada.tenantId, second.id])).status).toBe(204);
  expect((await ada.browser.ask("GET", "/account/me")).status).toBe(401);
  expect((await ada.browser.ask("GET", "/account/tenants")).status).toBe(401);
  expect((await ada.browser.renew()).status).toBe(401);
  expect((await ada.browser.logIn()).body).toMatchObject({ code: "credentials_invalid" });
  expect((await new Browser(world, ada.browser.email).signUp()).status).toBe(201);

  expect((await leave(member, [member.tenantId])).status).toBe(204);
  expect((await team.browser.ask("GET", `${ofTenant(team)}/members`)).body.items).toHaveLength(1);
  for (const chain of [ada.tenantId, second.id, team.tenantId, "platform"]) {
    const trail = await trailOf(chain);
    expect(await verifyTrail(trail)).toMatchObject({ problem: undefined });
    for (const { browser } of [ada, member]) expect(trail.join("\n")).not.toContain(browser.email);
  }
});

test("two owners who delete their accounts, or remove each other, at once: the tenant keeps an owner", async () => {
  for (let round = 0; round < 5; round += 1) {
    const ada = await signUp("Shared");
    const [bob] = [await join(ada, "owner"), await join(ada, "member")];
    const path = `${ofTenant(ada)}/members`;
    const acts =
      round % 2 === 0
        ? [leave(ada, []), leave(bob, [bob.tenantId])]
        : [ada.browser.ask("DELETE", `${path}/${bob.userId}`), bob.browser.ask("DELETE", `${path}/${ada.userId}`)];
    const statuses = (await Promise.all(acts)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 204)).toHaveLength(1);
    const { rows } = await world.backend.database.query(
      "select 1 from studio.members where tenant_id = $1 and role = 'owner'",
      [ada.tenantId],
    );
    expect(rows).toHaveLength(1);
  }
});

test("an export of a tenant and of an account has everything that can be given, and no secret", async () => {
  const ada = await signUp("Export");
  const viewer = await join(ada, "viewer");
  const made = (await ada.browser.ask("POST", `${ofTenant(ada)}/invitations`, { role: "member" })).body;
  const key = (await ada.browser.ask("POST", `${ofTenant(ada)}/keys`, { name: "CI", scopes: ["ai.read"] })).body;
  await world.postgres.query(`insert into studio.ai_days values ('${ada.tenantId}', '2030-05-01', 100)`);
  expect((await viewer.browser.ask("GET", `${ofTenant(ada)}/export`)).status).toBe(403);
  const { lines } = (await ada.browser.ask("GET", `${ofTenant(ada)}/export`)).body as { lines: string[] };
  const kinds = lines.map((line) => (JSON.parse(line) as { kind: string }).kind);
  expect(kinds.filter((kind) => kind !== "audit")).toEqual([
    ...["tenant", "member", "member", "invitation", "api-key", "ai-usage", "end"],
  ]);
  expect(lines).toContain('{"kind":"ai-usage","day":"2030-05-01","tokens":100}');
  const trail = lines.filter((line) => line.startsWith('{"kind":"audit"')).map((line) => line.slice(22, -1));
  expect(await verifyTrail(trail)).toMatchObject({ problem: undefined });
  for (const secret of [made.token, key.key]) expect(lines.join("\n")).not.toContain(String(secret));

  const own = (await ada.browser.ask("GET", "/account/export")).body as { lines: string[] };
  expect(own.lines.map((line) => (JSON.parse(line) as { kind: string }).kind)).toEqual([
    ...["account", "session", "membership", "end"],
  ]);
  expect(own.lines.join("\n")).toContain(ada.browser.email);
});
