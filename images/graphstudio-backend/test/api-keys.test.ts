import { keyScopes } from "@nexus/contract";
import { BackendWorld, Browser } from "./backend-world";

let world: BackendWorld;

beforeAll(async () => {
  world = await BackendWorld.start({ API_KEYS_PER_TENANT: "3" });
}, 30_000);
afterAll(() => world?.stop());

interface Owner {
  readonly browser: Browser;
  readonly id: string;
  readonly tenantId: string;
  readonly url: string;
}

async function owner(): Promise<Owner> {
  const browser = new Browser(world);
  const { user } = (await browser.signUp()).body as { user: { id: string; tenantId: string } };
  return { browser, id: user.id, tenantId: user.tenantId, url: `/account/tenants/${user.tenantId}/keys` };
}

const make = async ({ browser, url }: Owner, more: object = {}) =>
  await browser.ask("POST", url, { name: "CI", scopes: ["workspaces.read"], ...more });
const check = async (key: unknown) => await world.ask("POST", "/auth/keys/check", { key });

test("a key is shown once, and the database holds its hash alone", async () => {
  const ada = await owner();
  const { status, body } = await make(ada, { scopes: ["ai.use", "workspaces.read", "ai.use"] });
  expect(status).toBe(201);
  expect(body).toMatchObject({ name: "CI", scopes: ["workspaces.read", "ai.use"] });
  expect(body.key).toMatch(/^nxk_[\w-]{49}$/);
  const days = (Date.parse(String(body.expiresAt)) - Date.now()) / 86_400_000;
  expect(Math.round(days)).toBe(90);
  const listed = await ada.browser.ask("GET", ada.url);
  expect(listed.body.items).toMatchObject([{ id: body.id, madeBy: ada.browser.email, lastUsedAt: null }]);
  const rows = await world.postgres.query("select row_to_json(k)::text as text from studio.api_keys as k");
  const lines = await world.postgres.query("select line as text from studio.audit_rows");
  for (const { text } of [...rows, ...lines, { text: JSON.stringify(listed.body) }])
    expect(text).not.toContain(String(body.key).slice(4));
});

test("keys are listed page by page, the newest first, also when the last one of a page is revoked meanwhile", async () => {
  const ada = await owner();
  await world.postgres.query(`
    insert into studio.api_keys (id, tenant_id, made_by, name, key_hash, scopes, created_at, expires_at)
    select gen_random_uuid(), '${ada.tenantId}', '${ada.id}', 'k' || n, sha256(n::text::bytea), '{ai.use}',
      now() + n / 2 * interval '1 microsecond', now() + interval '1 day'
    from generate_series(0, 6) n`);
  const page = async (query: string) => {
    const { body } = await ada.browser.ask("GET", `${ada.url}?${query}`);
    return body as { items: { id: string; name: string }[]; next: string | null };
  };
  const all = await page("");
  expect(all.next).toBeNull();
  expect(all.items.map(({ name }) => name.replace("k", "")).map((n) => Math.floor(Number(n) / 2))).toEqual([
    3, 2, 2, 1, 1, 0, 0,
  ]);
  const first = await page("limit=4");
  expect((await ada.browser.ask("DELETE", `${ada.url}/${first.items[3]?.id ?? ""}`)).status).toBe(204);
  const second = await page(`limit=3&after=${first.next ?? ""}`);
  expect([...first.items, ...second.items]).toEqual(all.items);
  expect(second.next).toBeNull();
  for (const query of ["after=x", "limit=0", "limit=201"])
    expect((await ada.browser.ask("GET", `${ada.url}?${query}`)).body.code).toBe("validation_failed");
});

test("the check says whom a key is for, and notes its use", async () => {
  const ada = await owner();
  const { body } = await make(ada);
  expect(await check(body.key)).toMatchObject({
    status: 200,
    body: { id: body.id, tenantId: ada.tenantId, role: "owner", scopes: ["workspaces.read"] },
  });
  const { items } = (await ada.browser.ask("GET", ada.url)).body as { items: { lastUsedAt: string }[] };
  expect(Math.abs(Date.parse(items[0]?.lastUsedAt ?? "") - Date.now())).toBeLessThan(60_000);
});

test("a key that was revoked, has run out, or never was one is refused, all with the same answer", async () => {
  const ada = await owner();
  const [revoked, expired] = [(await make(ada)).body, (await make(ada)).body];
  expect((await ada.browser.ask("DELETE", `${ada.url}/${String(revoked.id)}`)).status).toBe(204);
  expect((await ada.browser.ask("DELETE", `${ada.url}/${String(revoked.id)}`)).body.code).toBe("key_not_found");
  await world.postgres.query(`update studio.api_keys set expires_at = now() where id = '${String(expired.id)}'`);
  const refused = await Promise.all([revoked.key, expired.key, "nxk_", "", "a.b.c"].map(check));
  for (const { status, body } of refused) expect({ status, body }).toEqual({ status: 401, body: refused[0]?.body });
});

test("a key ends when its maker leaves the tenant, and allows at most what its maker may do now", async () => {
  const [ada, bob] = [await owner(), await owner()];
  const tenant = `/account/tenants/${ada.tenantId}`;
  const invitation = await ada.browser.ask("POST", `${tenant}/invitations`, { role: "admin" });
  await bob.browser.ask("POST", "/account/invitations/accept", { token: invitation.body.token });
  const { body } = await make({ ...bob, url: ada.url }, { scopes: ["settings.write"] });
  expect((await check(body.key)).body.role).toBe("admin");
  await ada.browser.ask("PUT", `${tenant}/members/${bob.id}`, { role: "member" });
  expect((await check(body.key)).body.role).toBe("member");
  await ada.browser.ask("DELETE", `${tenant}/members/${bob.id}`);
  expect((await check(body.key)).status).toBe(401);
});

test.each([
  ["no scope", { scopes: [] }],
  ["a scope that only people have", { scopes: ["members.manage"] }],
  ["a scope that does not exist", { scopes: ["everything"] }],
  ["no name", { name: "" }],
  ["no time", { expiresInDays: 0 }],
  ["more than ten years", { expiresInDays: 3651 }],
])("no key is made with %s", async (_what, more) => {
  expect((await make(await owner(), more)).body.code).toBe("validation_failed");
});

test("a tenant has no more keys than are configured, also with requests at the same time; ones that ran out do not count", async () => {
  const ada = await owner();
  const answers = await Promise.all(Array.from({ length: 6 }, () => make(ada, { scopes: keyScopes })));
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 201, 409, 409, 409]);
  await world.postgres.query(`update studio.api_keys set expires_at = now() where tenant_id = '${ada.tenantId}'`);
  expect((await make(ada)).status).toBe(201);
});

test("keys of another tenant are neither seen nor revoked", async () => {
  const [ada, eve] = [await owner(), await owner()];
  const { body } = await make(ada);
  expect((await eve.browser.ask("DELETE", `${ada.url}/${String(body.id)}`)).body.code).toBe("tenant_not_found");
  expect((await eve.browser.ask("DELETE", `${eve.url}/${String(body.id)}`)).body.code).toBe("key_not_found");
  expect((await check(body.key)).status).toBe(200);
});

test("a key is no person: the routes of accounts do not take it", async () => {
  const ada = await owner();
  const { body } = await make(ada, { scopes: keyScopes });
  const headers = { authorization: `Bearer ${String(body.key)}` };
  for (const url of ["/account/me", "/account/sessions", "/account/tenants", ada.url])
    expect((await world.ask("GET", url, undefined, headers)).status).toBe(401);
});

test("who made and revoked a key is in the audit trail", async () => {
  const ada = await owner();
  const { body } = await make(ada);
  await ada.browser.ask("DELETE", `${ada.url}/${String(body.id)}`);
  const { lines } = (await ada.browser.ask("GET", `/account/tenants/${ada.tenantId}/audit`)).body as {
    lines: string[];
  };
  const rows = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(rows.slice(-3, -1)).toMatchObject([
    { act: "key.made", actor: ada.id, target: { keyId: body.id, name: "CI", scopes: "workspaces.read" } },
    { act: "key.revoked", actor: ada.id, target: { keyId: body.id, name: "CI" } },
  ]);
});
