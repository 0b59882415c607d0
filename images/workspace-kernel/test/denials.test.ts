import { verifyTrail } from "@nexus/contract";
import { ACTS_PATH } from "@nexus/service";
import { waitFor } from "@nexus/testkit/server-process";
import { BackendWorld } from "../../graphstudio-backend/test/backend-world";
import { peopleOf, type Person } from "../../graphstudio-backend/test/people";
import { KEY, startWorld, type TestKernel, type World } from "./harness";
import { createSocketClients } from "./socket-client";

let backend: BackendWorld;
let world: World;
let kernel: TestKernel;
const sockets = createSocketClients();

beforeAll(async () => {
  [backend, world] = await Promise.all([BackendWorld.start({ JWT_SECRET: KEY }), startWorld()]);
  const url = await backend.backend.app.listen({ host: "127.0.0.1", port: 0 });
  kernel = await world.start({ API_KEYS_URL: url, AI_ENABLED: "true" });
}, 60_000);
afterEach(() => {
  jest.restoreAllMocks();
  sockets.closeAll();
});
afterAll(async () => {
  await world?.stop();
  await backend?.stop();
});

const { person, tenantOf, join } = peopleOf(() => backend);

type Method = "GET" | "PUT" | "POST" | "DELETE";
async function ask(token: string, method: Method, path: string, payload?: object) {
  const headers = { authorization: `Bearer ${token}`, "user-agent": "a program" };
  const answer = await kernel.app.inject({ method, url: path, headers, ...(payload && { payload }) });
  return { status: answer.statusCode, body: answer.body === "" ? {} : answer.json<Record<string, unknown>>() };
}

/** The rows of a trail, as its owner exports it; the trail is whole. */
async function rowsOf(owner: Person, tenantId: string) {
  const { body } = await owner.ask("GET", `/account/tenants/${tenantId}/audit`);
  const lines = body.lines as string[];
  expect((await verifyTrail(lines)).problem).toBeUndefined();
  return lines.slice(0, -1).map((line) => JSON.parse(line) as Record<string, unknown>);
}

const deniedIn = async (owner: Person, tenantId: string) =>
  (await rowsOf(owner, tenantId)).filter(({ outcome }) => outcome === "denied");

/** Ada's tenant with a workspace, a viewer of it, and tokens for it. */
async function company() {
  const ada = await person();
  const tenantId = await tenantOf(ada);
  const eve = await join(ada, tenantId, "viewer");
  for (const one of [ada, eve]) await one.renew(tenantId);
  const workspaceId = String((await ask(ada.accessToken, "POST", "/api/v1/workspaces", { name: "demo" })).body.id);
  return { ada, eve, tenantId, workspaceId };
}

const SETTINGS = "/api/v1/tenant-settings";
const allow = (...httpAllow: string[]) => ({ httpAllow });

test("what administrators do in the kernel is in the trail of the tenant, once for each request", async () => {
  const { ada, tenantId } = await company();
  const key = { "idempotency-key": "once" };
  const headers = { authorization: `Bearer ${ada.accessToken}`, "user-agent": "a program", ...key };
  const payload = allow("example.com", "*.example.org");
  for (let time = 0; time < 2; time += 1)
    expect((await kernel.app.inject({ method: "PUT", url: SETTINGS, headers, payload })).statusCode).toBe(200);
  expect((await kernel.app.inject({ url: "/api/v1/export", headers })).statusCode).toBe(200);
  const done = { outcome: "done", actor: ada.id, address: "127.0.0.1", userAgent: "a program" };
  expect((await rowsOf(ada, tenantId)).slice(-2)).toMatchObject([
    { ...done, act: "hosts.changed", target: { hosts: "example.com *.example.org" } },
    { ...done, act: "tenant.exported", target: { part: "workspaces" } },
  ]);
});

/** What the backend answers to reports of acts, and when; undefined where it cannot be reached. */
function answerActs(status: number | undefined, once = Promise.resolve()): void {
  const send = globalThis.fetch;
  jest.spyOn(globalThis, "fetch").mockImplementation(async (url, options) => {
    if (!(url instanceof URL) || url.pathname !== ACTS_PATH) return await send(url, options);
    await once;
    if (status === undefined) throw new TypeError("fetch failed");
    return new Response(null, { status });
  });
}

test.each([undefined, 500])("while the trail cannot be written nothing is changed or exported: %s", async (status) => {
  const { ada, tenantId } = await company();
  expect((await ask(ada.accessToken, "PUT", SETTINGS, allow("example.com"))).status).toBe(200);
  answerActs(status);
  const refused = { status: 503, body: { code: "trail_unavailable" } };
  expect(await ask(ada.accessToken, "PUT", SETTINGS, allow())).toMatchObject(refused);
  expect(await ask(ada.accessToken, "GET", "/api/v1/export")).toMatchObject(refused);
  expect((await ask(ada.accessToken, "GET", SETTINGS)).body).toEqual(allow("example.com"));
  expect((await rowsOf(ada, tenantId)).at(-1)).toMatchObject({ act: "hosts.changed" });
});

test("changes that wait for a slow trail keep the database from nobody", async () => {
  const { ada } = await company();
  let answer = () => {};
  answerActs(204, new Promise((resolve) => (answer = resolve)));
  const changes = Array.from({ length: 40 }, () => ask(ada.accessToken, "PUT", SETTINGS, allow("example.com")));
  expect(await ask(ada.accessToken, "GET", SETTINGS)).toMatchObject({ status: 200, body: allow() });
  answer();
  for (const { status } of await Promise.all(changes)) expect(status).toBe(200);
});

test("a backend of the release before, which takes no acts, prevents none", async () => {
  const { ada } = await company();
  answerActs(404);
  expect((await ask(ada.accessToken, "PUT", SETTINGS, allow("example.com"))).status).toBe(200);
});

test("what the kernel denies to a person, a key, a socket and code is in the trail of the tenant, and of no other", async () => {
  const { ada, eve, tenantId, workspaceId } = await company();
  const one = `/api/v1/workspaces/${workspaceId}`;
  expect((await ask(eve.accessToken, "DELETE", one)).status).toBe(403);
  expect((await ask(eve.accessToken, "POST", "/ai/v1/chat", {})).status).toBe(403);
  const made = await ada.ask("POST", `/account/tenants/${tenantId}/keys`, { name: "k", scopes: ["workspaces.read"] });
  const { key, id: keyId } = made.body as { key: string; id: string };
  expect((await ask(key, "PUT", "/api/v1/tenant-settings", { httpAllow: [] })).status).toBe(403);
  const socket = await sockets.connect(kernel, eve.accessToken);
  socket.send({ type: "invoke", id: "1", workspaceId, handler: "h", input: null });
  await waitFor("the socket is refused", async () =>
    expect(socket.messages).toContainEqual(expect.objectContaining({ code: "forbidden" })),
  );
  const code = "await ext.http('http://secret.example.com/?token=x').catch(() => 0)";
  expect((await ask(ada.accessToken, "POST", `${one}/execute`, { code })).status).toBe(200);
  const stranger = await person();
  const own = await tenantOf(stranger, "Looms");
  await stranger.renew(own);
  expect((await ask(stranger.accessToken, "DELETE", one)).status).toBe(404);
  await world.end(kernel);
  const rows = await deniedIn(ada, tenantId);
  expect(rows.map(({ act, actor, target }) => [act, actor, target])).toEqual([
    ["DELETE /api/v1/workspaces/:workspaceId", eve.id, { workspaceId }],
    ["POST /ai/v1/chat", eve.id, {}],
    ["PUT /api/v1/tenant-settings", keyId, {}],
    ["WS invoke", eve.id, { workspaceId, handler: "h" }],
    ["host.called", null, { host: "secret.example.com", workspaceId }],
  ]);
  expect(rows[0]).toMatchObject({ userAgent: "a program", address: "127.0.0.1" });
  expect(JSON.stringify(rows)).not.toContain("token");
  expect(await deniedIn(stranger, own)).toEqual([]);
});
