import { randomUUID } from "node:crypto";
import { may, type Permission, type Role, roles } from "@nexus/contract";
import { expectConformance } from "@nexus/testkit/conformance";
import { documentedRoutes, registeredRoutes, SYSTEM_ROUTES } from "@nexus/testkit/registered-routes";
import { waitFor } from "@nexus/testkit/server-process";
import { createSocketClients, SocketClient } from "./socket-client";
import { createClient, startWorld, type Client, type TestKernel, type World } from "./harness";
import { fillPath, type Fixture, makeObjects, operationsOf, payloadOf, type Route, SECRET } from "./route-matrix";

/** What each route needs. It is not taken from the routes, which may be wrong. */
const needs: Readonly<Record<string, Permission>> = {
  "GET /api/v1/export": "tenant.export",
  "GET /api/v1/workspaces": "workspaces.read",
  "POST /api/v1/workspaces": "workspaces.write",
  "GET /api/v1/workspaces/{workspaceId}": "workspaces.read",
  "DELETE /api/v1/workspaces/{workspaceId}": "workspaces.write",
  "POST /api/v1/workspaces/{workspaceId}/execute": "workspaces.write",
  "POST /api/v1/workspaces/{workspaceId}/stop": "workspaces.write",
  "POST /api/v1/workspaces/{workspaceId}/resume": "workspaces.write",
  "PUT /api/v1/workspaces/{workspaceId}/keep-alive": "workspaces.write",
  "POST /api/v1/workspaces/{workspaceId}/clone": "workspaces.write",
  "GET /api/v1/workspaces/{workspaceId}/snapshots": "workspaces.read",
  "POST /api/v1/workspaces/{workspaceId}/snapshots": "workspaces.write",
  "DELETE /api/v1/workspaces/{workspaceId}/snapshots/{snapshotId}": "workspaces.write",
  "POST /api/v1/workspaces/{workspaceId}/restore": "workspaces.write",
  "GET /api/v1/workspaces/{workspaceId}/handlers": "workspaces.read",
  "GET /api/v1/workspaces/{workspaceId}/handlers/{handler}": "workspaces.read",
  "PUT /api/v1/workspaces/{workspaceId}/handlers/{handler}": "workspaces.write",
  "DELETE /api/v1/workspaces/{workspaceId}/handlers/{handler}": "workspaces.write",
  "POST /api/v1/workspaces/{workspaceId}/handlers/{handler}/invoke": "workspaces.write",
  "GET /api/v1/workspaces/{workspaceId}/panels": "workspaces.read",
  "GET /api/v1/workspaces/{workspaceId}/panels/{panel}": "workspaces.read",
  "GET /api/v1/workspaces/{workspaceId}/document": "workspaces.read",
  "GET /api/v1/workspaces/{workspaceId}/document/graph": "workspaces.read",
  "GET /api/v1/workspaces/{workspaceId}/document/file": "workspaces.read",
  "PUT /api/v1/workspaces/{workspaceId}/document/file": "workspaces.write",
  "POST /api/v1/workspaces/{workspaceId}/document/cells": "workspaces.write",
  "PUT /api/v1/workspaces/{workspaceId}/document/cells/{cellId}": "workspaces.write",
  "DELETE /api/v1/workspaces/{workspaceId}/document/cells/{cellId}": "workspaces.write",
  "POST /api/v1/workspaces/{workspaceId}/document/cells/{cellId}/move": "workspaces.write",
  "GET /api/v1/workspaces/{workspaceId}/document/cells/{cellId}/runs": "workspaces.read",
  "POST /api/v1/workspaces/{workspaceId}/document/cells/{cellId}/run": "workspaces.write",
  "POST /api/v1/workspaces/{workspaceId}/document/run-stale": "workspaces.write",
  "POST /api/v1/workspaces/{workspaceId}/interrupt": "workspaces.write",
  "GET /api/v1/tenant-settings": "workspaces.read",
  "PUT /api/v1/tenant-settings": "settings.write",
  "GET /api/v1/usage": "plan.read",
};

let world: World;
let kernel: TestKernel;
// Longer than all tests of this file take, on any machine.
const clientOf = (role: Role, tenantId: string = randomUUID()) => createClient(role, tenantId, 3600);
const owner = clientOf("owner");
const stranger = clientOf("owner");
const sockets = createSocketClients();
const operations = () => operationsOf(kernel.app);
const makeFixture = (client = owner) => makeObjects(kernel, client);

beforeAll(async () => {
  world = await startWorld();
  kernel = await world.start({ MAX_WORKSPACES_PER_POD: "500", MAX_COPIES_PER_MINUTE: "1000" });
});

afterEach(() => sockets.closeAll());
afterAll(() => world?.stop());

async function call(
  client: Client,
  { path, method, operation }: Route,
  fixture: Fixture,
): Promise<{ status: number; text: string }> {
  const upper = method.toUpperCase() as "GET" | "POST" | "PUT" | "DELETE";
  const payload = payloadOf(operation, fixture);
  const { status, body, headers } = await client.request(kernel, upper, fillPath(path, fixture), payload);
  return { status, text: JSON.stringify([body, headers]) };
}

test("B2: every route of the OpenAPI document, with another tenant's token: as if there were nothing", async () => {
  const all = operations();
  const protectedRoutes = all.filter(({ operation }) => operation.security);
  expect(all.filter(({ operation }) => !operation.security).map(({ path }) => path)).toEqual(["/health"]);
  expect(protectedRoutes.length).toBeGreaterThanOrEqual(20);
  const fixture = await makeFixture();
  const wrong: string[] = [];
  for (const route of protectedRoutes) {
    const { status, text } = await call(stranger, route, fixture);
    const named = route.path.includes("{workspaceId}");
    // A collection shows the stranger's own objects, of which there are none.
    if (named ? status !== 404 : status >= 400) wrong.push(`${route.method} ${route.path}: ${status} ${text}`);
    if (text.includes(SECRET)) wrong.push(`${route.method} ${route.path} tells the secret`);
    const response = await kernel.app.inject({
      method: route.method,
      url: fillPath(route.path, fixture),
    });
    if (response.statusCode !== 401)
      wrong.push(`${route.method} ${route.path} without a token: ${response.statusCode}`);
  }
  expect(wrong).toEqual([]);
});

test("the same requests are valid when the owner makes them", async () => {
  const wrong: string[] = [];
  for (const route of operations().filter(({ operation }) => operation.security)) {
    const { status, text } = await call(owner, route, await makeFixture());
    if (status >= 400) wrong.push(`${route.method} ${route.path}: ${status} ${text}`);
  }
  expect(wrong).toEqual([]);
});

test.each(roles)("every route of the OpenAPI document, as %s: what the table of roles says", async (role) => {
  const tenantId = randomUUID();
  const [made, client] = [clientOf("owner", tenantId), clientOf(role, tenantId)];
  const wrong: string[] = [];
  for (const route of operations().filter(({ operation }) => operation.security)) {
    const permission = needs[`${route.method.toUpperCase()} ${route.path}`];
    const { status, text } = await call(client, route, await makeFixture(made));
    const expected = permission !== undefined && may(role, permission) ? "done" : "forbidden";
    const found = status < 400 ? "done" : text.includes('"code":"forbidden"') && status === 403 ? "forbidden" : text;
    if (found !== expected) wrong.push(`${route.method} ${route.path}: ${found}`);
  }
  expect(wrong).toEqual([]);
});

/** What a socket says to each message of a client; `done` where it does what was asked. */
async function askSocket(token: string, fixture: Fixture) {
  const socket = await sockets.connect(kernel, token);
  const answer = async (message: object, done: string) => {
    const before = socket.messages.length;
    socket.send(message);
    return await waitFor(`an answer to ${JSON.stringify(message)}`, async () => {
      const found = socket.messages.slice(before).find(({ type }) => type === done || type === "error");
      if (!found) throw new Error("nothing yet");
      return found.type === done ? "done" : String(found.code);
    });
  };
  const { workspaceId } = fixture;
  return {
    subscribe: await answer({ type: "subscribe", workspaceId }, "subscribed"),
    invoke: await answer({ type: "invoke", id: "1", workspaceId, handler: "handler", input: null }, "result"),
    text: () => JSON.stringify(socket.messages),
  };
}

test.each(roles)("a socket of %s does what the table of roles says, and nothing in another tenant", async (role) => {
  const tenantId = randomUUID();
  const [made, client] = [clientOf("owner", tenantId), clientOf(role, tenantId)];
  const own = await askSocket(client.token, await makeFixture(made));
  expect(own).toMatchObject({ subscribe: "done", invoke: may(role, "workspaces.write") ? "done" : "forbidden" });
  const foreign = await askSocket(client.token, await makeFixture());
  const notFound = may(role, "workspaces.write") ? "workspace_not_found" : "forbidden";
  expect(foreign).toMatchObject({ subscribe: "workspace_not_found", invoke: notFound });
  expect(foreign.text()).not.toContain(SECRET);
});

test.each([undefined, "no.to.ken", "nxk_key"])("no socket opens with the token %s", async (token) => {
  await expect(SocketClient.connect(kernel.url, token)).rejects.toThrow("401");
});

test("the matrix names every registered route, and so does the OpenAPI document that it goes through", () => {
  expect(registeredRoutes(kernel.app).sort()).toEqual([...Object.keys(needs), ...SYSTEM_ROUTES].sort());
  expect(documentedRoutes(kernel.app).sort()).toEqual([...Object.keys(needs), "GET /health"].sort());
  // The scopes of API keys are held against what the document says (api-keys.test.ts), so that must be right too.
  const documented = operations().flatMap(({ path, method, operation }) =>
    operation.security ? [[`${method.toUpperCase()} ${path}`, operation["x-permission"]]] : [],
  );
  expect(Object.fromEntries(documented)).toEqual(needs);
});

test("lists hold what is of the caller's tenant, whichever tenant has more", async () => {
  const tenantId = randomUUID();
  const [made, reader] = [clientOf("owner", tenantId), clientOf("viewer", tenantId)];
  const { workspaceId } = await makeFixture(made);
  await makeFixture();
  const { body } = await reader.call(kernel, "GET", "");
  expect((body.items as { id: string }[]).map(({ id }) => id)).toEqual([workspaceId]);
  expect((await reader.request(kernel, "GET", "/api/v1/usage")).body).toMatchObject({ workspaces: 1 });
});

test("D22: metrics name no workspace, tenant or user", async () => {
  await makeFixture();
  const { body } = await kernel.app.inject("/metrics");
  expect(body).toContain("nexus_executions_total");
  expect(body).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}/);
  expect(body).not.toContain(SECRET);
});

test("every route answers what it cannot read with a status that its document names", async () => {
  const { workspaceId, cellId } = await makeFixture();
  const authorization = `Bearer ${owner.token}`;
  const json = { authorization, "content-type": "application/json" };
  const statuses = new Set<number>();
  for (const { path, method, operation } of operations()) {
    const fixture = { workspaceId: "no-id", snapshotId: "no-id", cellId: "no-id" };
    const good = fillPath(path, { workspaceId, snapshotId: workspaceId, cellId });
    const requests = [
      { url: fillPath(path, fixture), headers: { authorization } },
      { url: good, headers: { authorization: "Bearer no.to.ken" } },
      { url: good, headers: { authorization, "idempotency-key": "with a space" } },
      ...(method === "get"
        ? []
        : [
            { url: good, headers: json, payload: "{" },
            { url: good, headers: json, payload: "[]" },
            { url: good, headers: { authorization, "content-type": "text/csv" }, payload: "a,b" },
            { url: good, headers: json, payload: JSON.stringify("x".repeat(1024 * 1024)) },
          ]),
    ];
    // Requests that would succeed are left out, because this is about refusals.
    for (const request of operation.requestBody || method === "get" ? requests : requests.slice(0, 2)) {
      const answer = await kernel.app.inject({ method, ...request });
      expectConformance(kernel.app, method, request.url, answer);
      statuses.add(answer.statusCode);
    }
  }
  expect([...statuses].sort()).toEqual([200, 400, 401, 413, 415]);
});
