import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { WatchedEmitters } from "@nexus/testkit/emitters";
import { createClient, startWorld, type TestKernel, type World } from "./harness";
import { createSocketClients } from "./socket-client";

let world: World;
let emitters: WatchedEmitters;
let pods: readonly TestKernel[];
let remote: Server;
const client = createClient();
const { connect, closeAll } = createSocketClients();

beforeAll(async () => {
  world = await startWorld();
  remote = createServer((_request, response) => void setTimeout(() => response.end("late"), 300)).listen(
    0,
    "127.0.0.1",
  );
  emitters = new WatchedEmitters();
  const gatewayOverrides = { resolve: async () => ["127.0.0.1"], isAllowedAddress: () => true };
  pods = [await world.start({}, { gatewayOverrides }), await world.start({}, { gatewayOverrides })];
  await Promise.all(pods.map(({ panels }) => panels.listen("127.0.0.1", 0)));
}, 60_000);
afterAll(async () => {
  emitters?.end();
  closeAll();
  remote?.close();
  await world?.stop();
});

test("every emitter of a pod has somebody who hears of an error", async () => {
  const [owner, other] = pods as [TestKernel, TestKernel];
  const { port } = remote.address() as AddressInfo;
  await client.request(owner, "PUT", "/api/v1/tenant-settings", { httpAllow: [`remote.test:${port}`] });
  const id = await client.create(owner);
  const socket = await connect(other, client.token);
  socket.send({ type: "subscribe", workspaceId: id });
  await socket.next("subscribed");
  const run = client.run(owner, id, `view.set('p', 1); (await ext.http('http://remote.test:${port}/')).body`);
  expect(await run).toMatchObject({ result: "late" });
  expect(emitters.unheard()).toEqual([]);
  expect([...emitters.kinds]).toEqual(expect.arrayContaining(["Server", "Socket", "Worker", "WebSocket"]));
});
