import { createClient, startWorld, type World } from "./harness";
import { createSocketClients } from "./socket-client";

let world: World;
const { connect, closeAll } = createSocketClients();

beforeAll(async () => {
  world = await startWorld();
}, 60_000);
afterEach(async () => {
  closeAll();
  await world.endAll();
});
afterAll(() => world?.stop());

/** The close code of a message that is too big (RFC 6455). */
const TOO_BIG = 1009;

test("a socket takes messages of 128 KiB, and a larger one ends it before it is read", async () => {
  const pod = await world.start();
  const socket = await connect(pod, createClient().token);
  const message = { type: "invoke", id: "a", workspaceId: "b", handler: "c", input: "" };
  const room = 128 * 1024 - JSON.stringify(message).length;
  socket.send({ ...message, input: "x".repeat(room) });
  expect(await socket.next("error", { id: "a" })).toMatchObject({ type: "error" });
  socket.send({ ...message, input: "x".repeat(room + 1) });
  expect(await socket.closed).toBe(TOO_BIG);
});
