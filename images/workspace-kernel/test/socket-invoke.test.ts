import { randomUUID } from "node:crypto";
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

test("a viewer watches over a socket and cannot invoke; a role that is lowered counts from the next token on", async () => {
  const kernel = await world.start();
  const tenantId = randomUUID();
  const [owner, viewer] = [createClient("owner", tenantId), createClient("viewer", tenantId)];
  const workspaceId = await owner.create(kernel);
  await owner.call(kernel, "PUT", `/${workspaceId}/handlers/greet`, { code: "return 'hello'" });
  const invoke = { type: "invoke", workspaceId, handler: "greet" };
  const watching = await connect(kernel, viewer.token);
  watching.send({ type: "subscribe", workspaceId });
  await watching.next("subscribed", { workspaceId });
  watching.send({ ...invoke, id: "no" });
  expect(await watching.next("error", { id: "no" })).toMatchObject({
    code: "forbidden",
    detail: "Your role here is viewer; this needs owner, admin or member",
  });
  const working = await connect(kernel, owner.token);
  working.send({ ...invoke, id: "before" });
  await working.next("result", { id: "before" });
  working.send({ type: "authenticate", token: owner.tokenFor(60, "viewer") });
  await working.next("authenticated", {});
  working.send({ ...invoke, id: "after" });
  expect(await working.next("error", { id: "after" })).toMatchObject({ code: "forbidden" });
});
