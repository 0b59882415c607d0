import { verifyTrail } from "@nexus/contract";
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
afterEach(() => sockets.closeAll());
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

/** The denied requests in a trail, as its owner exports it; the trail is whole. */
async function deniedIn(owner: Person, tenantId: string) {
  const { body } = await owner.ask("GET", `/account/tenants/${tenantId}/audit`);
  const lines = body.lines as string[];
  expect((await verifyTrail(lines)).problem).toBeUndefined();
  const rows = lines.slice(0, -1).map((line) => JSON.parse(line) as Record<string, unknown>);
  return rows.filter(({ outcome }) => outcome === "denied");
}

/** Ada's tenant with a workspace, a viewer of it, and tokens for it. */
async function company() {
  const ada = await person();
  const tenantId = await tenantOf(ada);
  const eve = await join(ada, tenantId, "viewer");
  for (const one of [ada, eve]) await one.renew(tenantId);
  const workspaceId = String((await ask(ada.accessToken, "POST", "/api/v1/workspaces", { name: "demo" })).body.id);
  return { ada, eve, tenantId, workspaceId };
}

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
