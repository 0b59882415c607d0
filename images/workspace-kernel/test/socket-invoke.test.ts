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

test("a handler is invoked over a socket as over HTTP: on the owner, checked alike, and once for each key", async () => {
  const [owner, other] = [await world.start(), await world.start()];
  const client = createClient();
  const workspaceId = await client.create(owner);
  await client.run(owner, workspaceId, "var calls = 0");
  await client.call(owner, "PUT", `/${workspaceId}/handlers/count`, { code: "calls += input; return calls" });
  const path = `/${workspaceId}/handlers/count/invoke`;
  expect((await client.call(owner, "POST", path, { input: 1 }, "key-1")).body).toMatchObject({ result: 1 });
  const socket = await connect(other, client.token);
  const invoke = (id: string, more: object) =>
    socket.send({ type: "invoke", id, workspaceId, handler: "count", input: 1, ...more });
  invoke("again", { idempotencyKey: "key-1" });
  expect(await socket.next("result", { id: "again" })).toMatchObject({ workspaceId, result: 1 });
  invoke("next", { idempotencyKey: "key-2" });
  expect(await socket.next("result", { id: "next" })).toMatchObject({ result: 2 });
  invoke("reused", { idempotencyKey: "key-2", input: 5 });
  expect(await socket.next("error", { id: "reused" })).toMatchObject({ code: "idempotency_key_reused" });
  invoke("name", { handler: "no name" });
  expect(await socket.next("error", { id: "name" })).toMatchObject({ code: "validation_failed", workspaceId });
  invoke("size", { input: "x".repeat(70_000) });
  expect(await socket.next("error", { id: "size" })).toMatchObject({
    code: "validation_failed",
    detail: "input: the input may have at most 64 KiB of JSON",
  });
  invoke("missing", { handler: "nothing" });
  expect(await socket.next("error", { id: "missing" })).toMatchObject({ code: "handler_not_found" });
  expect(other.holder.active).toBe(0);
});
