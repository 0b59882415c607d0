import { keyScopes, may, type Permission, type Role, UNLIMITED } from "@nexus/contract";
import { expectConformance } from "@nexus/testkit/conformance";
import { randomUUID } from "node:crypto";
import { WebSocket } from "ws";
import { BackendWorld, Browser } from "../../graphstudio-backend/test/backend-world";
import { KEY, startWorld, type TestKernel, type World } from "./harness";

let backend: BackendWorld;
let world: World;
let pods: TestKernel[];
let withKeys: { readonly API_KEYS_URL: string };

beforeAll(async () => {
  [backend, world] = await Promise.all([BackendWorld.start({ JWT_SECRET: KEY }), startWorld()]);
  const url = await backend.backend.app.listen({ host: "127.0.0.1", port: 0 });
  withKeys = { API_KEYS_URL: url };
  pods = [await world.start(withKeys), await world.start(withKeys)];
}, 60_000);
afterAll(async () => {
  await world?.stop();
  await backend?.stop();
});

const [first, second] = [() => pods[0] as TestKernel, () => pods[1] as TestKernel];

interface Owner {
  readonly browser: Browser;
  readonly tenantId: string;
}

async function owner(): Promise<Owner> {
  const browser = new Browser(backend);
  const { user } = (await browser.signUp()).body as { user: { tenantId: string } };
  return { browser, tenantId: user.tenantId };
}

async function makeKey({ browser, tenantId }: Owner, scopes: readonly Permission[]) {
  const { body } = await browser.ask("POST", `/account/tenants/${tenantId}/keys`, { name: "CI", scopes });
  return body as { readonly id: string; readonly key: string };
}

async function ask(kernel: TestKernel, key: string, method: "GET" | "POST" = "GET", path = "", payload?: object) {
  const headers = { authorization: `Bearer ${key}` };
  const url = `/api/v1/workspaces${path}`;
  const answer = await kernel.app.inject({ method, url, headers, ...(payload ? { payload } : {}) });
  expectConformance(kernel.app, method, url, answer);
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() };
}

const create = async (kernel: TestKernel, key: string) => await ask(kernel, key, "POST", "", { name: "demo" });

test("a key works in the tenant of its maker, on every pod, and a request that is relayed has it too", async () => {
  const [ada, eve] = [await owner(), await owner()];
  const { key } = await makeKey(ada, ["workspaces.read", "workspaces.write"]);
  const { status, body } = await create(first(), key);
  expect(status).toBe(201);
  const path = `/${String(body.id)}/execute`;
  for (const pod of pods)
    expect((await ask(pod, key, "POST", path, { code: "6 * 7" })).body).toMatchObject({ result: 42 });
  const foreign = await makeKey(eve, keyScopes);
  expect((await ask(second(), foreign.key, "GET", `/${String(body.id)}`)).status).toBe(404);
});

test("a key does what its scopes name, and no more than its maker may", async () => {
  const ada = await owner();
  const { paths = {} } = first().app.swagger() as { paths?: Record<string, Record<string, Operation>> };
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method as "get", operation })),
  );
  for (const scope of keyScopes) {
    const { key } = await makeKey(ada, [scope]);
    for (const { path, method, operation } of routes) {
      const permission = operation["x-permission"];
      if (permission === undefined) continue;
      const url = path.replace(/\{\w+\}/g, randomUUID());
      const answer = await first().app.inject({ method, url, headers: { authorization: `Bearer ${key}` } });
      expect(`${method} ${path} ${scope}: ${answer.statusCode === 403}`).toBe(
        `${method} ${path} ${scope}: ${permission !== scope}`,
      );
    }
  }
});

interface Operation {
  readonly "x-permission"?: Permission;
}

test("A56b: a key has the plan of its tenant, and a changed one within 5 s", async () => {
  const definitions = { free: { ...UNLIMITED, workspaces: 1 }, team: UNLIMITED };
  const kernel = await world.start({ ...withKeys, PLANS: JSON.stringify({ default: "free", definitions }) });
  const ada = await owner();
  const { key } = await makeKey(ada, ["workspaces.write"]);
  expect((await create(kernel, key)).status).toBe(201);
  expect((await create(kernel, key)).body).toMatchObject({ code: "limit_reached", limit: 1, usage: 1 });
  await backend.postgres.query(`
    insert into studio.subscriptions (tenant_id, plan, state, changed_at) values ('${ada.tenantId}', 'team', 'active', now())`);
  await within5Seconds(async () => (await create(kernel, key)).status === 201);
  await world.end(kernel);
});

test("a role of the maker that is lowered counts for the key within 5 s", async () => {
  const [ada, bob] = [await owner(), await owner()];
  const tenant = `/account/tenants/${ada.tenantId}`;
  const invitation = await ada.browser.ask("POST", `${tenant}/invitations`, { role: "admin" });
  await bob.browser.ask("POST", "/account/invitations/accept", { token: invitation.body.token });
  const { key } = await makeKey({ ...bob, tenantId: ada.tenantId }, ["workspaces.write"]);
  expect((await create(first(), key)).status).toBe(201);
  const { id } = (await bob.browser.ask("GET", "/account/me")).body as { id: string };
  const role: Role = "viewer";
  await ada.browser.ask("PUT", `${tenant}/members/${id}`, { role });
  expect(may(role, "workspaces.write")).toBe(false);
  await within5Seconds(async () => (await create(first(), key)).status === 403);
});

test("a key that is revoked is refused by every pod within 5 s", async () => {
  const ada = await owner();
  const { id, key } = await makeKey(ada, ["workspaces.read"]);
  for (const pod of pods) expect((await ask(pod, key)).status).toBe(200);
  expect((await ada.browser.ask("DELETE", `/account/tenants/${ada.tenantId}/keys/${id}`)).status).toBe(204);
  await within5Seconds(async () => {
    const answers = await Promise.all(pods.map((pod) => ask(pod, key)));
    return answers.every(({ status }) => status === 401);
  });
});

async function within5Seconds(holds: () => Promise<boolean>): Promise<void> {
  const start = performance.now();
  while (!(await holds())) {
    if (performance.now() - start > 5000) throw new Error("it still does not hold after 5 s");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

test("sockets and kernels without a backend take no key", async () => {
  const { key } = await makeKey(await owner(), keyScopes);
  const alone = await world.start();
  expect((await ask(alone, key)).status).toBe(401);
  await world.end(alone);
  const port = await first().panels.listen("127.0.0.1", 0);
  const socket = new WebSocket(`ws://127.0.0.1:${port}/panels`, { headers: { authorization: `Bearer ${key}` } });
  await expect(new Promise((_resolve, reject) => socket.once("error", reject))).rejects.toThrow("401");
});
