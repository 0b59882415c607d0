import { may, type Permission, type Role, roles, UNLIMITED } from "@nexus/contract";
import { createPool, createTokenVerifier } from "@nexus/service";
import { type Answer, BackendWorld, Browser, KEY, PASSWORD } from "./backend-world";
import { peopleOf, type Person } from "./people";

const plans = { default: "unlimited", definitions: { unlimited: { ...UNLIMITED, selfService: true } } };
let world: BackendWorld;

beforeAll(async () => {
  world = await BackendWorld.start({ PLANS: JSON.stringify(plans) });
});
afterAll(() => world?.stop());

const { person, tenantOf, join } = peopleOf(() => world);

const roleIn = async (tenantId: string, { id }: Person) =>
  (
    await world.postgres.query(`select role from studio.members where tenant_id = '${tenantId}' and user_id = '${id}'`)
  )[0]?.role;

const claims = (answer: Answer) => createTokenVerifier([KEY])(String(answer.body.accessToken));

test("a person has several tenants and goes from one to the other, in the browser for all tabs", async () => {
  const ada = await person();
  const tenantId = await tenantOf(ada);
  const { items } = (await ada.ask("GET", "/account/tenants")).body as { items: { id: string; name: string }[] };
  expect(items.map(({ name }) => name)).toEqual([ada.email.split("@")[0], "Engines"]);
  expect(await claims(await ada.renew())).toMatchObject({ tenantId: items[0]?.id });
  expect(await claims(await ada.renew(tenantId))).toMatchObject({ tenantId, role: "owner" });
  const tab = new Browser(world, ada.email);
  tab.cookie = ada.cookie;
  expect(await claims(await tab.renew())).toMatchObject({ tenantId });
  expect((await ada.ask("GET", "/account/me")).body).toMatchObject({ tenantId, tenantName: "Engines" });
});

test("a program goes to another tenant with its refresh token, and stays there", async () => {
  const ada = await person();
  const tenantId = await tenantOf(ada);
  const stranger = await tenantOf(await person());
  let { body } = await world.ask("POST", "/auth/login", { email: ada.email, password: PASSWORD });
  const refresh = async (more: object) => {
    const answer = await world.ask("POST", "/auth/refresh", { refreshToken: body.refreshToken, ...more });
    if (answer.status === 200) ({ body } = answer);
    return answer;
  };
  expect(await refresh({ tenantId: stranger })).toMatchObject({ status: 404, body: { code: "tenant_not_found" } });
  expect(await claims(await refresh({ tenantId }))).toMatchObject({ tenantId });
  expect(await claims(await refresh({}))).toMatchObject({ tenantId });
});

test("nobody goes to a tenant that they are not in", async () => {
  const ada = await person();
  const foreign = await tenantOf(await person());
  expect(await ada.renew(foreign)).toMatchObject({ status: 404, body: { code: "tenant_not_found" } });
  expect((await ada.renew()).status).toBe(200);
});

test("who is removed from the tenant that they work in goes on in another one, and who has none gets one", async () => {
  const ada = await person();
  const tenantId = await tenantOf(ada);
  const bob = await join(ada, tenantId, "member");
  expect((await bob.renew(tenantId)).status).toBe(200);
  expect((await ada.ask("DELETE", `/account/tenants/${tenantId}/members/${bob.id}`)).status).toBe(204);
  expect(await claims(await bob.renew())).toMatchObject({ role: "owner" });
  expect((await bob.ask("GET", `/account/tenants/${tenantId}`)).status).toBe(404);
  await world.postgres.query(`delete from studio.tenants where id in
    (select tenant_id from studio.members where user_id = '${bob.id}')`);
  const answers = await Promise.all([bob.renew(), bob.renew(), bob.renew()]);
  const tenants = await Promise.all(answers.map(async (answer) => (await claims(answer))?.tenantId));
  expect(new Set(tenants).size).toBe(1);
});

/** What each route of a tenant needs; `:user` is a plain member. */
const needs: readonly [
  method: "GET" | "POST" | "PUT" | "DELETE",
  path: string,
  body: object | undefined,
  Permission,
][] = [
  ["GET", "", undefined, "tenant.read"],
  ["PUT", "", { name: "New" }, "tenant.rename"],
  ["GET", "/members", undefined, "tenant.read"],
  ["PUT", "/members/:user", { role: "viewer" }, "members.manage"],
  ["PUT", "/members/:user", { role: "owner" }, "owners.manage"],
  ["PUT", "/members/:owner", { role: "member" }, "owners.manage"],
  ["DELETE", "/members/:user", undefined, "members.manage"],
  ["DELETE", "/members/:owner", undefined, "owners.manage"],
  ["GET", "/audit", undefined, "audit.read"],
  ["GET", "/audit/rows", undefined, "audit.read"],
  ["GET", "/audit/check", undefined, "audit.read"],
  ["GET", "/keys", undefined, "keys.manage"],
  ["POST", "/keys", { name: "CI", scopes: ["workspaces.read"] }, "keys.manage"],
  ["DELETE", "/keys/:key", undefined, "keys.manage"],
  ["GET", "/invitations", undefined, "members.manage"],
  ["POST", "/invitations", { role: "admin" }, "members.manage"],
  ["POST", "/invitations", { role: "owner" }, "owners.manage"],
  ["DELETE", "/invitations/:invitation", undefined, "members.manage"],
  ["DELETE", "/invitations/:owners", undefined, "owners.manage"],
  ["PUT", "/second-factor", { required: false }, "security.change"],
  ["GET", "/subscription", undefined, "plan.read"],
  ["PUT", "/subscription", { plan: "unlimited" }, "plan.change"],
  ["GET", "/export", undefined, "tenant.export"],
  ["DELETE", "", { name: "Engines", password: PASSWORD }, "tenant.delete"],
];

/** How many rows the trail of a tenant has about what somebody did or was denied. */
const actsOf = async (tenantId: string, { id }: Person): Promise<number> => {
  const rows = "select 1 from studio.audit_rows where chain = $1 and line like $2";
  return (await world.backend.database.query(rows, [tenantId, `%"actor":"${id}"%`])).rowCount ?? 0;
};

test("the table below names every route of a tenant", async () => {
  await world.backend.app.ready();
  const { paths = {} } = world.backend.app.swagger() as { paths?: Record<string, object> };
  const documented = Object.entries(paths)
    .filter(([path]) => path.startsWith("/account/tenants/{tenantId}"))
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
  const named = needs.map(([method, path]) => {
    const template = path
      .replace("/members/:user", "/members/{userId}")
      .replace("/members/:owner", "/members/{userId}");
    if (path.startsWith("/keys/")) return `${method} /account/tenants/{tenantId}/keys/{keyId}`;
    return `${method} /account/tenants/{tenantId}${template.replace(/:\w+/, "{invitationId}")}`;
  });
  expect(documented.filter((route) => !named.includes(route))).toEqual([]);
});

test.each([...roles, "stranger"] as const)(
  "routes of a tenant, called by its %s: what the table of roles says",
  async (role) => {
    const founder = await person();
    const wrong: string[] = [];
    for (const [method, path, body, permission] of needs) {
      const tenantId = await tenantOf(founder);
      const caller = role === "stranger" ? await person() : await join(founder, tenantId, role);
      const invited = async (as: Role) => {
        await founder.ask("POST", `/account/tenants/${tenantId}/invitations`, { role: as });
        const { items } = (await founder.ask("GET", `/account/tenants/${tenantId}/invitations`)).body as {
          items: { id: string; role: Role }[];
        };
        return items.find((one) => one.role === as)?.id ?? "";
      };
      const made = async () =>
        await founder.ask("POST", `/account/tenants/${tenantId}/keys`, { name: "CI", scopes: ["ai.use"] });
      const url = path
        .replace(":key", path.includes(":key") ? String((await made()).body.id) : "")
        .replace(":user", path.includes(":user") ? (await join(founder, tenantId, "member")).id : "")
        .replace(":owners", path.includes(":owners") ? await invited("owner") : "")
        .replace(":owner", founder.id)
        .replace(":invitation", path.includes(":invitation") ? await invited("member") : "");
      const before = await actsOf(tenantId, caller);
      const { status, body: answer } = await caller.ask(method, `/account/tenants/${tenantId}${url}`, body);
      const expected = role === "stranger" ? 404 : may(role, permission) ? "done" : 403;
      if ((status < 300 ? "done" : status) !== expected)
        wrong.push(`${method} ${path} ${JSON.stringify(body)}: ${status} ${JSON.stringify(answer)}`);
      // Reading is no act, but for an export and for what is denied; a stranger leaves no row.
      const isAct = method !== "GET" || path === "/export" || status === 403;
      const acts = (await actsOf(tenantId, caller)) - before;
      if (acts !== (isAct && role !== "stranger" ? 1 : 0)) wrong.push(`${method} ${path}: ${acts} rows in the trail`);
    }
    expect(wrong).toEqual([]);
  },
);

test("the role in the path's tenant counts, not the one in the token", async () => {
  const [ada, bob] = [await person(), await person()];
  const tenantId = await tenantOf(ada);
  const viewer = await join(ada, tenantId, "viewer");
  // Both are owners of tenants of their own, and their tokens say so.
  for (const caller of [bob, viewer])
    expect((await caller.ask("PUT", `/account/tenants/${tenantId}`, { name: "Taken" })).status).toBe(
      caller === bob ? 404 : 403,
    );
});

test("the last owner can neither leave nor be made less, until there is another one", async () => {
  const ada = await person();
  const tenantId = await tenantOf(ada);
  const bob = await join(ada, tenantId, "admin");
  const own = `/account/tenants/${tenantId}/members/${ada.id}`;
  expect(await ada.ask("DELETE", own)).toMatchObject({ status: 409, body: { code: "last_owner" } });
  expect(await ada.ask("PUT", own, { role: "viewer" })).toMatchObject({ status: 409, body: { code: "last_owner" } });
  expect(await roleIn(tenantId, ada)).toBe("owner");
  expect((await ada.ask("PUT", `/account/tenants/${tenantId}/members/${bob.id}`, { role: "owner" })).status).toBe(204);
  expect((await ada.ask("DELETE", own)).status).toBe(204);
  expect(await roleIn(tenantId, ada)).toBeUndefined();
});

test("everybody may leave, a viewer too", async () => {
  const ada = await person();
  const tenantId = await tenantOf(ada);
  const eve = await join(ada, tenantId, "viewer");
  expect((await eve.ask("DELETE", `/account/tenants/${tenantId}/members/${eve.id}`)).status).toBe(204);
});

test.each([
  ["remove", "DELETE", undefined],
  ["demote", "PUT", { role: "member" }],
] as const)("two owners who %s each other at the same time leave one owner, each time", async (_what, method, body) => {
  const ada = await person();
  const bob = await person();
  for (let round = 0; round < 10; round += 1) {
    const tenantId = await tenantOf(ada);
    const { body: invitation } = await ada.ask("POST", `/account/tenants/${tenantId}/invitations`, { role: "owner" });
    await bob.ask("POST", "/account/invitations/accept", { token: invitation.token });
    const members = `/account/tenants/${tenantId}/members`;
    const answers = await Promise.all([
      ada.ask(method, `${members}/${bob.id}`, body),
      bob.ask(method, `${members}/${ada.id}`, body),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([204, method === "DELETE" ? 404 : 403]);
    const owners = await world.postgres.query(
      `select 1 from studio.members where tenant_id = '${tenantId}' and role = 'owner'`,
    );
    expect(owners).toHaveLength(1);
  }
});

test("the database itself refuses a tenant without an owner, whoever asks and however many at once", async () => {
  const ada = await person();
  const tenantId = await tenantOf(ada);
  const bob = await join(ada, tenantId, "owner");
  const pool = createPool(world.postgres.settings, world.log.log);
  const leave = (id: string) =>
    pool.query("delete from studio.members where tenant_id = $1 and user_id = $2", [tenantId, id]);
  const results = await Promise.allSettled([leave(ada.id), leave(bob.id)]);
  expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  expect(await world.postgres.query(`select 1 from studio.members where tenant_id = '${tenantId}'`)).toHaveLength(1);
  await pool.query("delete from studio.tenants where id = $1", [tenantId]);
  await pool.end();
});

test("a role that is lowered while a request waits allows nothing any more", async () => {
  const ada = await person();
  const tenantId = await tenantOf(ada);
  const admin = await join(ada, tenantId, "admin");
  const member = await join(ada, tenantId, "member");
  const pool = createPool(world.postgres.settings, world.log.log);
  const other = await pool.connect();
  try {
    await other.query("begin");
    await other.query("select 1 from studio.tenants where id = $1 for no key update", [tenantId]);
    const waiting = admin.ask("DELETE", `/account/tenants/${tenantId}/members/${member.id}`);
    await other.query("update studio.members set role = 'viewer' where user_id = $1 and tenant_id = $2", [
      admin.id,
      tenantId,
    ]);
    await other.query("commit");
    expect(await waiting).toMatchObject({ status: 403, body: { code: "forbidden" } });
  } finally {
    other.release();
    await pool.end();
  }
  expect(await roleIn(tenantId, member)).toBe("member");
});

test("10,000 members are read page by page, each once", async () => {
  const ada = await person();
  const tenantId = await tenantOf(ada);
  await world.postgres.query(`
    with people as (
      insert into studio.users (id, email)
      select gen_random_uuid(), 'crowd-' || lpad(n::text, 5, '0') || '@example.com' from generate_series(1, 9999) n
      returning id
    )
    insert into studio.members (tenant_id, user_id, role) select '${tenantId}', id, 'viewer' from people`);
  const seen = new Set<string>();
  let next: string | null = "";
  while (next !== null) {
    const url = `/account/tenants/${tenantId}/members?limit=200&after=${encodeURIComponent(next)}`;
    const { body } = await ada.ask("GET", url);
    for (const { userId } of body.items as { userId: string }[]) seen.add(userId);
    next = body.next as string | null;
  }
  expect(seen.size).toBe(10_000);
  const { body } = await ada.ask("GET", `/account/tenants/${tenantId}/members?find=CROWD-0042&limit=20`);
  const found = (body.items as { email: string }[]).map(({ email }) => email);
  expect(found).toEqual(Array.from({ length: 10 }, (_, n) => `crowd-0042${n}@example.com`));
});

test.each(["", " \u200b ", "a\u0000", "\u202etxt.exe", "x".repeat(101)])(
  "%j is not the name of a tenant",
  async (name) => {
    const ada = await person();
    expect((await ada.ask("POST", "/account/tenants", { name })).status).toBe(400);
  },
);

test("a person owns 100 tenants at most, also with requests at the same time", async () => {
  const ada = await person();
  await world.postgres.query(`
    with made as (insert into studio.tenants (id, name) select gen_random_uuid(), 'many' from generate_series(1, 97) returning id)
    insert into studio.members (tenant_id, user_id, role) select id, '${ada.id}', 'owner' from made`);
  const answers = await Promise.all([1, 2, 3, 4].map(() => ada.ask("POST", "/account/tenants", { name: "more" })));
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 409, 409]);
});
