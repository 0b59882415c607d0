import { EventEmitter } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createClient, startWorld, type TestKernel, type World } from "./harness";
import { createSocketClients } from "./socket-client";

/** What an event named "error" ends the process for, when nobody listens. Streams inside of these are Node.js's own. */
const KINDS = new Set(["Server", "Socket", "TLSSocket", "Worker", "WebSocket", "Client", "BoundPool"]);

interface Constructor {
  init(this: EventEmitter, options?: object): void;
}

const emitters = new Set<EventEmitter>();
const constructor = EventEmitter as unknown as Constructor;
const { init } = constructor;

let world: World;
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
  // From here on, whoever makes an emitter in this process is known.
  constructor.init = function (options) {
    emitters.add(this);
    init.call(this, options);
  };
  const gatewayOverrides = { resolve: async () => ["127.0.0.1"], isAllowedAddress: () => true };
  pods = [await world.start({}, { gatewayOverrides }), await world.start({}, { gatewayOverrides })];
  await Promise.all(pods.map(({ panels }) => panels.listen("127.0.0.1", 0)));
}, 60_000);
afterAll(async () => {
  constructor.init = init;
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
  const unheard: string[] = [];
  const kinds = new Set<string>();
  const look = () => {
    for (const emitter of emitters) {
      const kind = emitter.constructor.name;
      const isOver = (emitter as { destroyed?: boolean }).destroyed === true;
      if (!KINDS.has(kind) || isOver) continue;
      kinds.add(kind);
      const events = kind === "Worker" ? ["error", "messageerror"] : ["error"];
      for (const event of events) if (emitter.listenerCount(event) === 0) unheard.push(`${kind}: ${event}`);
    }
  };
  const timer = setInterval(look, 20);
  expect(await run).toMatchObject({ result: "late" });
  clearInterval(timer);
  look();
  expect([...kinds]).toEqual(expect.arrayContaining(["Server", "Socket", "Worker", "WebSocket"]));
  expect([...new Set(unheard)]).toEqual([]);
});
