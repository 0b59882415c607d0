import { once } from "node:events";
import { connect } from "node:net";
import { createClient, startWorld, type TestKernel, type World } from "./harness";
import { createSocketClients } from "./socket-client";

let world: World;
let kernel: TestKernel;
const { connect: connectSocket, closeAll } = createSocketClients();

beforeAll(async () => {
  world = await startWorld();
  kernel = await world.start();
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
