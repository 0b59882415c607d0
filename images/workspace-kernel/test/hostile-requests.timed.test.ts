import { once } from "node:events";
import { type AddressInfo, connect, type Socket } from "node:net";
import { createClient, startWorld, type TestKernel, type World } from "./harness";
import { createSocketClients } from "./socket-client";

let world: World;
let kernel: TestKernel;
const { connect: connectSocket, closeAll } = createSocketClients();

beforeAll(async () => {
  world = await startWorld();
  kernel = await world.start({ AI_ENABLED: "true" });
}, 60_000);
afterEach(closeAll);
afterAll(() => world?.stop());

/** Asks for an upgrade with a request line that no client library would send. */
async function upgradeAt(port: number, target: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  const headers = "Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13";
  socket.write(`GET ${target} HTTP/1.1\r\n${headers}\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`);
  const [answer] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  return answer.toString();
}

test("an upgrade whose path is not a URL is refused, on both ports, and ends nothing", async () => {
  const ports = [Number(new URL(kernel.url).port), await kernel.panels.listen("127.0.0.1", 0)];
  for (const port of ports)
    for (const target of ["//[/../panels?token=secret", "//", "http://[", "///a:b:c", "//%", "//a:99999/panels"])
      expect(await upgradeAt(port, target)).toMatch(/^HTTP\/1\.1 40[04] /);
  expect(kernel.text()).not.toContain("secret");
  const client = createClient();
  await connectSocket(kernel, client.token);
  expect(await client.run(kernel, await client.create(kernel), "1 + 1")).toMatchObject({ result: 2 });
});

test("an id has one spelling: in upper case it is the same workspace, over HTTP and over a socket", async () => {
  const client = createClient();
  const id = await client.create(kernel);
  const upper = id.toUpperCase();
  expect(await client.run(kernel, upper, "view.set('p', 1); 1 + 1")).toMatchObject({ result: 2 });
  const socket = await connectSocket(kernel, client.token);
  socket.send({ type: "subscribe", workspaceId: upper });
  expect(await socket.next("panels")).toMatchObject({ workspaceId: id, panels: { p: 1 } });
});

test("a key that the owner used tells a stranger nothing of a workspace, before and after it is deleted", async () => {
  const [owner, stranger] = [createClient(), createClient()];
  const id = await owner.create(kernel);
  await owner.call(kernel, "POST", `/${id}/execute`, { code: "1" }, "of-the-run");
  const removed = () => owner.call(kernel, "DELETE", `/${id}`, undefined, "of-the-deletion");
  const asked = async () => {
    const answers = ["of-the-run", "of-the-deletion", "unused"].map((key) =>
      stranger.call(kernel, "DELETE", `/${id}`, undefined, key),
    );
    return (await Promise.all(answers)).map(({ status, body }) => [status, body.code]);
  };
  const nothing = [404, "workspace_not_found"];
  expect(await asked()).toEqual([nothing, nothing, nothing]);
  expect((await owner.call(kernel, "DELETE", `/${id}`, undefined, "of-the-run")).status).toBe(422);
  expect([(await removed()).status, (await removed()).status]).toEqual([204, 204]);
  expect(await asked()).toEqual([nothing, nothing, nothing]);
});

test("a refused upgrade ends its connection, also where the client keeps its side open", async () => {
  const { server } = kernel.app;
  const { port } = server.address() as AddressInfo;
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  const headers = "Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13";
  socket.write(`GET /panels HTTP/1.1\r\n${headers}\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`);
  let answer = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => (answer += chunk));
  const [peer] = (await once(server, "connection")) as [Socket];
  await once(peer, "close");
  await once(socket, "end");
  expect(answer).toMatch(/^HTTP\/1\.1 401 [^]*"code":"unauthorized"/);
  socket.destroy();
});

/** The places of lists in a JSON schema that may hold any number of items. */
function endlessLists(schema: unknown, path: string): string[] {
  if (typeof schema !== "object" || schema === null) return [];
  const { type, maxItems } = schema as { readonly type?: unknown; readonly maxItems?: unknown };
  const own = type === "array" && maxItems === undefined ? [path] : [];
  return [...own, ...Object.entries(schema).flatMap(([key, value]) => endlessLists(value, `${path}/${key}`))];
}

test("every list that a request may hold has a length that is known before its items are read", () => {
  const { paths = {} } = kernel.app.swagger() as { readonly paths?: Record<string, Record<string, object>> };
  const bodies = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method} ${path}`,
      body: (operation as { readonly requestBody?: unknown }).requestBody,
    })),
  );
  expect(bodies.filter(({ body }) => JSON.stringify(body)?.includes('"array"')).length).toBeGreaterThan(2);
  expect(bodies.flatMap(({ name, body }) => endlessLists(body, name))).toEqual([]);
});

test("a list of many wrong items is refused with a short answer, at once", async () => {
  const client = createClient();
  const id = await client.create(kernel);
  const capabilities = Array<number>(200_000).fill(1);
  const startedAt = performance.now();
  const answer = await client.call(kernel, "PUT", `/${id}/handlers/h`, { code: "return 1", capabilities });
  expect(performance.now() - startedAt).toBeLessThan(1000);
  expect(answer.status).toBe(400);
  expect(JSON.stringify(answer.body).length).toBeLessThan(2000);
});
