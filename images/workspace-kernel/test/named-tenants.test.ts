import { naming } from "@nexus/testkit/naming-tenant";
import { waitFor } from "@nexus/testkit/server-process";
import { createClient, startWorld, type TestKernel, type World } from "./harness";
import { fillPath, makeObjects, operationsOf, payloadOf, type Route, SECRET } from "./route-matrix";
import { createSocketClients } from "./socket-client";

let world: World;
let kernel: TestKernel;
const sockets = createSocketClients();

beforeAll(async () => {
  world = await startWorld();
  kernel = await world.start({ MAX_WORKSPACES_PER_POD: "500", AI_ENABLED: "true" });
});
afterEach(() => sockets.closeAll());
afterAll(() => world?.stop());

const protectedRoutes = () => operationsOf(kernel.app).filter(({ operation }) => operation.security);
const isOfWorkspace = ({ path }: Route) => path.includes("{workspaceId}");

/** An export says when it was made. */
const withoutTimes = (body: string) => body.replace(/"\w*[aA]t":"[^"]*"/g, "");

function people() {
  const owner = createClient("owner", undefined, 3600);
  const stranger = createClient("owner", undefined, 3600);
  return { owner, stranger, named: naming(owner.tenantId, owner.userId) };
}

test("a header, query or body that names another tenant changes no answer, on every route of the kernel", async () => {
  const { owner, stranger, named } = people();
  const visitor = createClient("owner", undefined, 3600);
  const fixture = await makeObjects(kernel, owner);
  const before = (await owner.call(kernel, "GET", "")).body;
  const usage = (await owner.request(kernel, "GET", "/api/v1/usage")).body.workspaces;
  const wrong: string[] = [];
  for (const route of protectedRoutes()) {
    const payload = payloadOf(route.operation, fixture);
    const ask = async (more: object | undefined) => {
      const url = named.addQuery(fillPath(route.path, fixture));
      const headers = { authorization: `Bearer ${stranger.token}`, ...named.headers };
      return await kernel.app.inject({ method: route.method, url, headers, ...(more && { payload: more }) });
    };
    for (const body of payload ? [payload, { ...payload, ...named.fields }] : [undefined]) {
      const { statusCode, body: text } = await ask(body);
      const refused = statusCode === 404 || (body !== payload && statusCode === 400);
      if (isOfWorkspace(route) && !refused) wrong.push(`${route.method} ${route.path}: ${statusCode}`);
      if (text.includes(SECRET) || text.includes(owner.tenantId)) wrong.push(`${route.method} ${route.path}: ${text}`);
    }
    if (route.method === "get") {
      // Has nothing, so its answers do not change by themselves.
      const authorization = `Bearer ${visitor.token}`;
      const url = fillPath(route.path, fixture);
      const plain = await kernel.app.inject({ url, headers: { authorization } });
      const asked = { url: named.addQuery(url), headers: { authorization, ...named.headers } };
      const answer = await kernel.app.inject(asked);
      if (withoutTimes(answer.body) !== withoutTimes(plain.body)) wrong.push(`get ${route.path}: ${answer.body}`);
    }
    const nobody = await kernel.app.inject({
      method: route.method,
      url: named.addQuery(fillPath(route.path, fixture)),
      headers: named.headers,
    });
    if (nobody.statusCode !== 401) wrong.push(`${route.method} ${route.path} without a token: ${nobody.statusCode}`);
  }
  expect(wrong).toEqual([]);
  // What the stranger made or changed is not the owner's.
  expect((await owner.call(kernel, "GET", "")).body).toEqual(before);
  expect((await owner.request(kernel, "GET", "/api/v1/usage")).body.workspaces).toBe(usage);
});

test("a role in a header allows nothing, on every route of the kernel", async () => {
  const { owner, named } = people();
  const viewer = createClient("viewer", owner.tenantId, 3600);
  const fixture = await makeObjects(kernel, owner);
  const wrong: string[] = [];
  for (const route of protectedRoutes()) {
    const url = fillPath(route.path, fixture);
    const payload = payloadOf(route.operation, fixture);
    const status = async (headers: object) => {
      const all = { authorization: `Bearer ${viewer.token}`, ...headers };
      return (await kernel.app.inject({ method: route.method, url, headers: all, ...(payload && { payload }) }))
        .statusCode;
    };
    const [plain, withHeaders] = [await status({}), await status(named.headers)];
    if (plain !== withHeaders) wrong.push(`${route.method} ${route.path}: ${plain}, with headers ${withHeaders}`);
  }
  expect(wrong).toEqual([]);
});

test("in a workspace of one's own, ids of another tenant's objects are as if there were nothing", async () => {
  const { owner, stranger } = people();
  const [theirs, own] = [await makeObjects(kernel, owner), await makeObjects(kernel, stranger)];
  const mixed = { ...own, snapshotId: theirs.snapshotId, cellId: theirs.cellId };
  const routes = protectedRoutes().filter((route) => {
    const asked = `${fillPath(route.path, mixed)} ${JSON.stringify(payloadOf(route.operation, mixed))}`;
    return isOfWorkspace(route) && [theirs.snapshotId, theirs.cellId].some((id) => asked.includes(id));
  });
  const CELL = "/api/v1/workspaces/{workspaceId}/document/cells/{cellId}";
  expect(routes.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
    `delete ${CELL}`,
    "delete /api/v1/workspaces/{workspaceId}/snapshots/{snapshotId}",
    `get ${CELL}/runs`,
    `post ${CELL}/move`,
    `post ${CELL}/run`,
    "post /api/v1/workspaces/{workspaceId}/restore",
    `put ${CELL}`,
  ]);
  for (const route of routes) {
    const url = fillPath(route.path, mixed);
    const payload = payloadOf(route.operation, mixed);
    const { status } = await stranger.request(kernel, route.method.toUpperCase() as "GET", url, payload);
    expect(`${route.method} ${route.path} ${status}`).toBe(`${route.method} ${route.path} 404`);
  }
  const { body } = await owner.call(kernel, "GET", `/${theirs.workspaceId}/snapshots`);
  expect((body.items as { id: string }[]).map(({ id }) => id)).toEqual([theirs.snapshotId]);
  const { cells } = (await owner.call(kernel, "GET", `/${theirs.workspaceId}/document`)).body;
  expect(cells).toMatchObject([{ id: theirs.cellId, version: 1, code: `'${SECRET}'` }]);
});

test("a socket is for the tenant of its token, whatever its headers say", async () => {
  const { owner, stranger, named } = people();
  const { workspaceId } = await makeObjects(kernel, owner);
  const socket = await sockets.connect(kernel, stranger.token, named.headers);
  socket.send({ type: "subscribe", workspaceId, ...named.fields });
  socket.send({ type: "invoke", id: "1", workspaceId, handler: "handler", input: null, ...named.fields });
  await waitFor("both are answered", async () =>
    expect(socket.messages.filter(({ type }) => type !== "hello").length).toBeGreaterThanOrEqual(2),
  );
  const answers = socket.messages.filter(({ type }) => type !== "hello");
  for (const answer of answers) expect(answer.type).toBe("error");
  for (const { code } of answers) expect(["workspace_not_found", "validation_failed"]).toContain(code);
  expect(JSON.stringify(answers)).not.toContain(SECRET);
});
