import { once } from "node:events";
import { type AddressInfo, connect, type Socket } from "node:net";
import { captureLog } from "@nexus/testkit/log-capture";
import { createApp, createRegistry, Unread, whenAnswered } from "../src";

function build(maxBytes: number) {
  const registry = createRegistry("demo");
  const { log, lines } = captureLog("demo");
  return { unread: new Unread({ maxBytes, registry, log }), registry, log, lines };
}

test("what all clients leave unread is limited: those of the tenant that leaves most go first, the largest before others", async () => {
  const { unread, registry, lines } = build(100);
  const closed: string[] = [];
  const add = (tenantId: string | undefined, name: string, bytes: number) => {
    return unread.add({ tenantId: () => tenantId, unread: () => bytes, close: () => closed.push(name) });
  };
  add("a", "a1", 30);
  add("b", "b1", 20);
  add("b", "b2", 25);
  add(undefined, "stranger", 20);
  unread.look();
  expect(closed).toEqual([]);
  const end = add("b", "b3", 30);
  // a: 30, b: 75, strangers: 20.
  unread.look();
  expect(closed).toEqual(["b3"]);
  expect(unread.bytes).toBe(95);
  end();
  add("a", "a2", 100);
  add("c", "c1", 10);
  unread.look();
  // a: 130, b: 45, strangers: 20, c: 10; after the first, b leaves more than a.
  expect(closed).toEqual(["b3", "a2", "b2"]);
  expect(unread.bytes).toBe(80);
  const metrics = await registry.metrics();
  expect(metrics).toMatch(/^nexus_unread_bytes\{[^}]*\} 80$/m);
  expect(metrics).toMatch(/^nexus_unread_closed_total\{[^}]*\} 3$/m);
  expect(lines).toContainEqual(expect.objectContaining({ tenantId: "b", bytes: 30, maxBytes: 100 }));
  unread.close();
});

test("a client that reads nothing loses its connection when all together leave too much, and one that reads gets all", async () => {
  const size = 8 * 1024 * 1024;
  const { unread, registry, log } = build(3 * size + size / 2);
  const app = await createApp({ service: "demo", version: "1", log, registry, readiness: {}, unread });
  app.addHook("onRequest", async (request) => {
    const tenantId = String(request.headers["x-tenant"]);
    request.principal = { userId: "u", tenantId, role: "owner", email: "" };
  });
  app.get("/long", async () => "x".repeat(size));
  await app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const sockets: Socket[] = [];
  /** Sends requests on one connection and reads nothing. @returns the server's side of the connection */
  const ask = async (tenantId: string, times: number) => {
    const socket = connect(port, "127.0.0.1").pause();
    socket
      .on("error", () => undefined)
      .write(`GET /long HTTP/1.1\r\nHost: x\r\nX-Tenant: ${tenantId}\r\n\r\n`.repeat(times));
    sockets.push(socket);
    const [own] = (await once(app.server, "connection")) as [Socket];
    return own;
  };
  const silent = [await ask("a", 1), await ask("b", 1)];
  const answer = await fetch(`http://127.0.0.1:${port}/long`);
  expect((await answer.text()).length).toBe(size);
  const greedy = await ask("c", 4);
  await once(greedy, "close");
  expect(silent.map(({ destroyed }) => destroyed)).toEqual([false, false]);
  expect(unread.bytes).toBeLessThan(3 * size);
  for (const socket of sockets) socket.destroy();
  await app.close();
});

test("an answer that waits behind others ends with their connection", async () => {
  const { unread, registry, log } = build(Infinity);
  const app = await createApp({ service: "demo", version: "1", log, registry, readiness: {}, unread });
  let open = 0;
  app.addHook("onRequest", (request, reply, done) => {
    open += 1;
    whenAnswered(request, reply, () => (open -= 1));
    done();
  });
  const size = 8 * 1024 * 1024;
  app.get("/long", async () => "x".repeat(size));
  await app.listen({ host: "127.0.0.1", port: 0 });
  const client = connect((app.server.address() as AddressInfo).port, "127.0.0.1").pause();
  client.on("error", () => undefined).write("GET /long HTTP/1.1\r\nHost: x\r\n\r\n".repeat(4));
  const [own] = (await once(app.server, "connection")) as [Socket];
  while (unread.bytes < 4 * size) await new Promise(setImmediate);
  expect(open).toBe(4);
  own.destroy();
  await once(own, "close");
  expect(open).toBe(0);
  client.destroy();
  await app.close();
});
