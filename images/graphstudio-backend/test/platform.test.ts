import { randomUUID } from "node:crypto";
import { verifyTrail } from "@nexus/contract";
import { grantPlatformAdmin, listPlatformAdmins, revokePlatformAdmin } from "../src/store/platform-admins";
import { createDatabase } from "@nexus/service";
import type { StudioTables } from "../src/store/tables";
import { BackendWorld, Browser } from "./backend-world";

let world: BackendWorld;
let admin: Browser;

beforeAll(async () => {
  world = await BackendWorld.start();
  admin = (await signUp("Operators")).browser;
  await grant(admin);
});
afterAll(() => world?.stop());

const db = () => createDatabase<StudioTables>(world.backend.database);

async function signUp(tenantName = "Ada & Co") {
  const browser = new Browser(world);
  const { user } = (await browser.signUp({ tenantName })).body as { user: { id: string; tenantId: string } };
  return { browser, userId: user.id, tenantId: user.tenantId };
}

async function grant(browser: Browser): Promise<void> {
  const { id } = (await browser.ask("GET", "/account/me")).body;
  await grantPlatformAdmin(db(), browser.email, String(id));
}

const TENANTS = "/account/platform/tenants";
const PERSONS = "/account/platform/persons";
const suspend = (tenantId: string, reason = "Unpaid since May") =>
  admin.ask("PUT", `${TENANTS}/${tenantId}/suspension`, { reason });

interface Operation {
  readonly "x-platform-admin"?: boolean;
  readonly requestBody?: unknown;
}

test("every route of the platform is for its administrators alone, and a denied one is in the platform's trail", async () => {
  const { paths = {} } = world.backend.app.swagger() as { paths?: Record<string, Record<string, Operation>> };
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => operation["x-platform-admin"])
      .map(([method]) => ({ path, method: method.toUpperCase() as "GET" })),
  );
  expect(routes.map(({ path }) => path).every((path) => path.startsWith("/account/platform/"))).toBe(true);
  expect(
    Object.keys(paths)
      .filter((path) => path.startsWith("/account/platform/"))
      .sort(),
  ).toEqual([...new Set(routes.map(({ path }) => path))].sort());
  expect(routes).toHaveLength(8);
  const owner = await signUp();
  const key = (
    await owner.browser.ask("POST", `/account/tenants/${owner.tenantId}/keys`, { name: "CI", scopes: ["ai.read"] })
  ).body;
  for (const { path, method } of routes) {
    const url = path.replace("{tenantId}", owner.tenantId).replace("{userId}", owner.userId);
    const body = { reason: "x", plan: "unlimited" };
    const payload = method === ("PUT" as string) ? body : undefined;
    expect((await owner.browser.ask(method, url, payload)).body).toMatchObject({ status: 403, code: "forbidden" });
    expect((await world.ask(method, url, payload)).status).toBe(401);
    const asKey = await world.ask(method, url, payload, { authorization: `Bearer ${String(key.key)}` });
    expect(asKey.status).toBe(401);
  }
  const { rows } = await world.backend.database.query<{ chain: string }>(
    "select chain from studio.audit_rows where line like '%/account/platform/%'",
  );
  expect(new Set(rows.map(({ chain }) => chain))).toEqual(new Set(["platform"]));
});

test("administrators find tenants and persons page by page, and see nothing of what a tenant keeps", async () => {
  const made = await Promise.all(Array.from({ length: 5 }, () => signUp("Search 100%_me")));
  const found: string[] = [];
  for (let after: string | null = ""; after !== null;) {
    const query = new URLSearchParams({ search: "100%_ME", limit: "2", after });
    const { body } = await admin.ask("GET", `${TENANTS}?${query.toString()}`);
    const { items, next } = body as { items: { id: string; members: number }[]; next: string | null };
    expect(items.every(({ members }) => members === 1)).toBe(true);
    found.push(...items.map(({ id }) => id));
    after = next;
  }
  expect([...found].sort()).toEqual(made.map(({ tenantId }) => tenantId).sort());
  const one = made[0]?.tenantId ?? "";
  expect((await admin.ask("GET", `${TENANTS}?search=${one}`)).body.items).toHaveLength(1);
  expect((await admin.ask("GET", `${TENANTS}?search=${encodeURIComponent("%")}&limit=200`)).body.items).toHaveLength(5);
  expect((await admin.ask("GET", `${TENANTS}?after=no-id`)).status).toBe(400);
  expect((await admin.ask("GET", `${TENANTS}/${randomUUID()}`)).status).toBe(404);
  const email = made[0]?.browser.email ?? "";
  expect((await admin.ask("GET", `${PERSONS}?search=${encodeURIComponent(email)}`)).body.items).toMatchObject([
    { email, tenants: 1, platformAdmin: false, suspension: null },
  ]);
  expect((await admin.ask("GET", `/account/tenants/${one}/members`)).status).toBe(404);
});

test("a suspended tenant answers 403 with the reason to everything, sign-in works, and it is as before afterwards", async () => {
  const ada = await signUp();
  const path = `/account/tenants/${ada.tenantId}`;
  const invitation = (await ada.browser.ask("POST", `${path}/invitations`, { role: "member" })).body;
  expect((await suspend(ada.tenantId)).status).toBe(204);
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, index) => ada.browser.ask("GET", index % 2 ? `${path}/members` : `${path}/audit`)),
  );
  for (const { body } of answers)
    expect(body).toMatchObject({ status: 403, code: "tenant_suspended", reason: "Unpaid since May" });
  for (const [method, url, payload] of [
    ["GET", path, undefined],
    ["PUT", path, { name: "Other" }],
    ["GET", `${path}/export`, undefined],
    ["POST", `${path}/keys`, { name: "CI", scopes: ["ai.read"] }],
    ["GET", `${path}/subscription`, undefined],
  ] as const)
    expect((await ada.browser.ask(method, url, payload)).body.code).toBe("tenant_suspended");
  expect((await ada.browser.logIn()).status).toBe(200);
  expect((await ada.browser.ask("GET", "/account/me")).body).toMatchObject({ tenantSuspended: "Unpaid since May" });
  expect((await ada.browser.ask("GET", "/account/tenants")).body.items).toMatchObject([
    { suspended: "Unpaid since May" },
  ]);
  const guest = await signUp();
  const { token } = invitation;
  expect((await guest.browser.ask("POST", "/account/invitations/accept", { token })).body.code).toBe(
    "tenant_suspended",
  );
  expect((await new Browser(world).signUp({ invitation: token })).body.code).toBe("tenant_suspended");

  expect((await admin.ask("DELETE", `${TENANTS}/${ada.tenantId}/suspension`)).status).toBe(204);
  const { lines } = (await ada.browser.ask("GET", `${path}/audit`)).body as { lines: string[] };
  expect(await verifyTrail(lines)).toMatchObject({ problem: undefined });
  expect(lines.join("\n")).toMatch(/tenant\.suspended.*Unpaid since May[^]*tenant\.resumed/);
  expect((await guest.browser.ask("POST", "/account/invitations/accept", { token })).status).toBe(200);
});

test("a suspended person cannot sign in or use what they have, and their address tells nothing without the password", async () => {
  const ada = await signUp();
  const path = `${PERSONS}/${ada.userId}/suspension`;
  const key = (
    await ada.browser.ask("POST", `/account/tenants/${ada.tenantId}/keys`, { name: "CI", scopes: ["ai.read"] })
  ).body;
  expect((await admin.ask("PUT", path, { reason: "Sends spam" })).status).toBe(204);
  expect((await ada.browser.ask("GET", "/account/me")).body).toMatchObject({
    status: 403,
    code: "account_suspended",
    reason: "Sends spam",
  });
  expect((await ada.browser.renew()).body.code).toBe("session_invalid");
  expect((await ada.browser.logIn()).body.code).toBe("account_suspended");
  expect((await ada.browser.logIn("a wrong password")).body.code).toBe("credentials_invalid");
  const { email } = ada.browser;
  expect((await world.ask("POST", "/auth/login", { email, password: "wrong" })).body.code).toBe("credentials_invalid");
  expect((await world.ask("POST", "/auth/keys/check", { key: key.key })).status).toBe(401);
  expect((await admin.ask("DELETE", path)).status).toBe(204);
  expect((await ada.browser.logIn()).status).toBe(200);
  expect((await world.ask("POST", "/auth/keys/check", { key: key.key })).status).toBe(200);
});

test("nobody suspends themselves, and a suspended or revoked administrator is none at once", async () => {
  const other = await signUp();
  await grant(other.browser);
  const me = (await admin.ask("GET", "/account/me")).body as { id: string };
  expect((await admin.ask("PUT", `${PERSONS}/${me.id}/suspension`, { reason: "Oops" })).status).toBe(400);
  expect((await other.browser.ask("GET", TENANTS)).status).toBe(200);
  await revokePlatformAdmin(db(), other.browser.email);
  expect((await other.browser.ask("GET", TENANTS)).status).toBe(403);
  expect((await listPlatformAdmins(db())).map(({ email }) => email)).toEqual([admin.email]);
});

test("an unverified address never becomes an administrator by its name alone", async () => {
  const squatter = await signUp();
  const { email } = squatter.browser;
  await expect(grantPlatformAdmin(db(), email, undefined)).rejects.toThrow(/is not verified.*--account/);
  await expect(grantPlatformAdmin(db(), email, randomUUID())).rejects.toThrow(/another account/);
  await expect(grantPlatformAdmin(db(), "nobody@example.com", undefined)).rejects.toThrow(/no account/);
  await world.backend.database.query("update studio.users set email_verified = true where id = $1", [squatter.userId]);
  await grantPlatformAdmin(db(), email.toUpperCase(), undefined);
  expect((await squatter.browser.ask("GET", TENANTS)).status).toBe(200);
});

test("administrators set plan and state, which is in both trails", async () => {
  const ada = await signUp();
  const path = `${TENANTS}/${ada.tenantId}/subscription`;
  expect((await admin.ask("PUT", path, { plan: "gold" })).body).toMatchObject({ status: 400 });
  expect((await admin.ask("PUT", path, { plan: "unlimited", state: "trial" })).status).toBe(400);
  const periodEnd = new Date(Date.now() + 3_600_000).toISOString();
  expect((await admin.ask("PUT", path, { plan: "unlimited", state: "trial", periodEnd })).status).toBe(204);
  expect((await admin.ask("GET", `${TENANTS}/${ada.tenantId}`)).body).toMatchObject({
    plan: "unlimited",
    state: "trial",
    planInForce: "unlimited",
    plans: ["unlimited"],
  });
  const { rows } = await world.backend.database.query<{ chain: string }>(
    "select chain from studio.audit_rows where line like '%plan%' and line like $1 order by chain",
    [`%${ada.tenantId}%`],
  );
  expect(rows.map(({ chain }) => chain)).toEqual([ada.tenantId, "platform"]);
});
