import { EventEmitter } from "node:events";
import type { WebSocket } from "ws";
import { createKernelMetrics } from "../src/metrics";
import { Session, type SessionSources } from "../src/sockets/session";
import { WorkspaceHub } from "../src/workspaces/hub";
import { Presence } from "../src/workspaces/presence";
import { WriteBudget } from "../src/store/write-budget";
import { createRegistry, Turns } from "@nexus/service";
import { captureLog } from "@nexus/testkit/log-capture";
import { createClient, drainAfterLookup, startWorld, type TestKernel, type World } from "./harness";
import { createSocketClients } from "./socket-client";

let world: World;
const { connect, closeAll } = createSocketClients();

beforeAll(async () => {
  world = await startWorld();
});

afterEach(async () => {
  closeAll();
  await world.endAll();
});
afterAll(() => world?.stop());

test("C26: a subscriber gets the panels as they are, then every change in order, whoever made it", async () => {
  const kernel = await world.start();
  const client = createClient();
  const id = await client.create(kernel);
  await client.run(kernel, id, "view.set('p', { n: 0 })");
  const socket = await connect(kernel, client.token);
  socket.send({ type: "subscribe", workspaceId: id });
  expect(await socket.next("subscribed")).toMatchObject({ workspaceId: id, seq: 1 });
  expect(await socket.next("panels")).toMatchObject({ seq: 1, panels: { p: { n: 0 } } });
  await client.call(kernel, "PUT", `/${id}/handlers/up`, {
    code: "for (let i = 0; i < 3; i++) view.update('p', { n: input + i }); emit('done', input)",
  });
  socket.send({ type: "invoke", id: "a", workspaceId: id, handler: "up", input: 10 });
  expect(await socket.next("result", { id: "a" })).toMatchObject({ workspaceId: id, resultType: "undefined" });
  await client.run(kernel, id, "view.remove('p')");
  expect(await socket.next("patch", { op: "remove" })).toMatchObject({ seq: 6, panel: "p", value: null });
  expect(socket.seqs).toEqual([2, 3, 4, 5, 6]);
  expect(await socket.next("patch", { seq: 4 })).toMatchObject({ op: "patch", panel: "p", value: { n: 12 } });
  expect(await socket.next("event")).toMatchObject({ seq: 5, name: "done", payload: 10 });
});

test("after a reconnect a subscriber gets exactly what it missed, or everything when that is not kept", async () => {
  const kernel = await world.start();
  const client = createClient();
  const id = await client.create(kernel);
  await client.run(kernel, id, "for (let i = 1; i <= 5; i++) view.set('p', i)");
  const socket = await connect(kernel, client.token);
  socket.send({ type: "subscribe", workspaceId: id, since: 3 });
  await socket.next("patch", { seq: 5 });
  expect(socket.seqs).toEqual([4, 5]);
  expect(socket.messages.map(({ type }) => type)).not.toContain("panels");
  await world.postgres.query("delete from kernel.stream_entries where seq < 5");
  const late = await connect(kernel, client.token);
  late.send({ type: "subscribe", workspaceId: id, since: 3 });
  expect(await late.next("panels")).toMatchObject({ seq: 5, panels: { p: 5 } });
  const future = await connect(kernel, client.token);
  future.send({ type: "subscribe", workspaceId: id, since: 99 });
  expect(await future.next("panels")).toMatchObject({ seq: 5 });
});

test("D31: a subscription on its way to an owner that lets go meanwhile finds the next one", async () => {
  const [a, b] = [await world.start(), await world.start()];
  const client = createClient();
  const id = await client.create(a);
  await client.run(a, id, "view.set('p', 1)");
  drainAfterLookup(b, a);
  const socket = await connect(b, client.token);
  socket.send({ type: "subscribe", workspaceId: id });
  expect(await socket.next("panels")).toMatchObject({ seq: 1, panels: { p: 1 } });
  await client.run(b, id, "view.set('p', 2)");
  await socket.next("patch", { seq: 2 });
  expect(socket.messages.map(({ type }) => type)).not.toContain("error");
});

test("D31: a subscriber whose workspace nobody else uses is followed by it to another pod when the owner dies", async () => {
  const [a, b] = [await world.start(), await world.start()];
  const client = createClient();
  const id = await client.create(a);
  const socket = await connect(b, client.token);
  socket.send({ type: "subscribe", workspaceId: id });
  await socket.next("subscribed");
  await client.run(a, id, "view.set('p', 1)");
  await socket.next("patch", { seq: 1 });
  await world.end(a);
  await socket.next("subscribed", { seq: 1 });
  expect(b.holder.active).toBe(1);
  await client.run(b, id, "view.set('p', 2)");
  await socket.next("patch", { seq: 2 });
  expect(socket.messages.map(({ type }) => type)).not.toContain("error");
});

test("a subscriber at another pod misses nothing when the owner dies, drains or is restored", async () => {
  // A busy machine must not turn slow answers into failures.
  const settings = { TIMEOUT_MS: "10000" };
  const [a, b] = [await world.start(settings), await world.start(settings)];
  const client = createClient();
  const id = await client.create(a);
  const socket = await connect(b, client.token);
  socket.send({ type: "subscribe", workspaceId: id });
  await socket.next("subscribed");
  const say = async (kernel: TestKernel, result: number) => {
    const code = "var n = (globalThis.n ?? 0) + 1; view.set('p', n); n";
    expect(await client.run(kernel, id, code)).toMatchObject({ result });
  };
  await say(a, 1);
  await socket.next("patch", { seq: 1 });
  await world.end(a);
  await say(b, 2);
  expect(await socket.next("patch", { seq: 2 })).toMatchObject({ value: 2 });
  const snapshot = await client.call(b, "POST", `/${id}/snapshots`, { name: "s" });
  const c = await world.start(settings);
  await b.holder.drain();
  await say(c, 3);
  expect(await socket.next("patch", { seq: 3 })).toMatchObject({ value: 3 });
  await client.call(c, "POST", `/${id}/restore`, { snapshotId: snapshot.body.id });
  expect(await socket.next("panels", { seq: 4 })).toMatchObject({ panels: { p: 2 } });
  await say(c, 3);
  expect(await socket.next("patch", { seq: 5 })).toMatchObject({ value: 3 });
  expect(socket.seqs).toEqual([1, 2, 3, 5]);
});

test("D28: one request has one effect, also when the workspace is lost and taken again while its code runs", async () => {
  const [a, b] = [await world.start(), await world.start()];
  const client = createClient();
  const id = await client.create(a);
  const say = "var n = (globalThis.n ?? 0) + 1; view.set('p', n); n";
  await client.run(a, id, say);
  await a.holder.drain();
  const { images } = b.stores;
  const load = images.load.bind(images);
  jest.spyOn(images, "load").mockImplementationOnce(async (...args) => {
    const image = await load(...args);
    // By then the worker has the task, and is busy making the instance for it.
    setImmediate(() => b.holder.drop(id, { type: "stopped", reason: "lease_lost" }));
    return image;
  });
  expect(await client.run(b, id, say)).toMatchObject({ result: 2 });
  expect(await client.run(b, id, say)).toMatchObject({ result: 3 });
  const socket = await connect(b, client.token);
  socket.send({ type: "subscribe", workspaceId: id, since: 0 });
  await socket.next("patch", { seq: 3 });
  expect(socket.messages.filter(({ type }) => type === "patch").map(({ value }) => value)).toEqual([1, 2, 3]);
});

test("what ends a subscription is said: stop, idle, deletion", async () => {
  // The warning comes in the last tenth of the time, so that tenth must be long enough on a busy machine.
  const kernel = await world.start({ IDLE_WORKSPACE_TIMEOUT_MS: "1500" });
  const client = createClient();
  const ids = [await client.create(kernel), await client.create(kernel), await client.create(kernel)];
  const socket = await connect(kernel, client.token);
  for (const workspaceId of ids) {
    socket.send({ type: "subscribe", workspaceId });
    await socket.next("subscribed", { workspaceId });
  }
  await client.call(kernel, "POST", `/${String(ids[0])}/stop`);
  await client.call(kernel, "DELETE", `/${String(ids[1])}`);
  while (kernel.holder.active > 0) {
    await kernel.holder.unloadIdle();
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  expect(await socket.next("idle_warning")).toMatchObject({ workspaceId: ids[2], unloadInMs: expect.any(Number) });
  expect(await socket.next("stopped", { workspaceId: ids[0] })).toMatchObject({ reason: "requested" });
  expect(await socket.next("stopped", { workspaceId: ids[1] })).toMatchObject({ reason: "deleted" });
  expect(await socket.next("stopped", { workspaceId: ids[2] })).toMatchObject({ reason: "idle" });
  socket.send({ type: "subscribe", workspaceId: ids[0] });
  expect(await socket.next("error", { code: "workspace_stopped" })).toMatchObject({ workspaceId: ids[0] });
});

test("A13: a client that says it is there keeps its workspace from being idle", async () => {
  const kernel = await world.start({ IDLE_WORKSPACE_TIMEOUT_MS: "150" });
  const client = createClient();
  const id = await client.create(kernel);
  const socket = await connect(kernel, client.token);
  socket.send({ type: "subscribe", workspaceId: id });
  await socket.next("subscribed");
  const until = performance.now() + 400;
  while (performance.now() < until) {
    socket.send({ type: "ping" });
    await socket.next("pong");
    socket.messages.length = 0;
    await kernel.holder.unloadIdle();
    // A socket may not send more than 100 messages per second.
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(kernel.holder.active).toBe(1);
});

test("another tenant's workspace does not exist for a socket", async () => {
  const kernel = await world.start();
  const [owner, stranger] = [createClient(), createClient()];
  const workspaceId = await owner.create(kernel);
  const socket = await connect(kernel, stranger.token);
  socket.send({ type: "subscribe", workspaceId, since: 0 });
  expect(await socket.next("error", { workspaceId })).toMatchObject({ code: "workspace_not_found" });
  socket.send({ type: "invoke", id: "i", workspaceId, handler: "h" });
  expect(await socket.next("error", { id: "i" })).toMatchObject({ code: "workspace_not_found" });
  await owner.run(kernel, workspaceId, "emit('secret', 1)");
  socket.send({ type: "ping" });
  await socket.next("pong");
  expect(socket.seqs).toEqual([]);
});

test.each(["no JSON", "{}", '{"type":"subscribe","workspaceId":"x"}', '{"type":"ping","more":1}'])(
  "a message that is not of the protocol is refused and harms nothing: %s",
  async (text) => {
    const kernel = await world.start();
    const socket = await connect(kernel, createClient().token);
    socket.send(text);
    expect(await socket.next("error")).toMatchObject({ code: "validation_failed" });
    socket.send({ type: "ping" });
    await socket.next("pong");
  },
);

test("a socket has limits: messages a second, and subscriptions", async () => {
  const kernel = await world.start();
  const client = createClient();
  const flood = await connect(kernel, client.token);
  for (let i = 0; i < 500; i += 1) flood.send({ type: "ping" });
  expect(await flood.closed).toBe(1008);
  const many = await connect(kernel, client.token);
  for (let i = 0; i < 51; i += 1)
    many.send({ type: "subscribe", workspaceId: `00000000-0000-4000-8000-0000000000${10 + i}` });
  expect(await many.next("error", { code: "limit_reached" })).toBeTruthy();
});

test("MAX_SOCKETS: a pod that is full of sockets refuses the next", async () => {
  const kernel = await world.start({ MAX_SOCKETS: "1" });
  const { token } = createClient();
  await connect(kernel, token);
  await expect(connect(kernel, token)).rejects.toThrow("503");
});

test("a slow reader loses its socket, the others lose nothing", async () => {
  class FakeSocket extends EventEmitter {
    readonly OPEN = 1;
    readyState = 1;
    bufferedAmount = 0;
    readonly sent: { type: string; seq: number }[] = [];
    constructor(private readonly slow: boolean) {
      super();
    }
    send(text: string) {
      this.sent.push(JSON.parse(text) as { type: string; seq: number });
      if (this.slow) this.bufferedAmount += text.length;
    }
    close() {
      this.readyState = 2;
    }
    terminate() {
      this.emit("close");
    }
  }
  const hub = new WorkspaceHub();
  const workspaceId = "00000000-0000-4000-8000-000000000001";
  const metrics = createKernelMetrics(createRegistry("test"));
  const sources = {
    hub,
    presence: new Presence(hub),
    metrics,
    log: captureLog("test").log,
    pod: "p",
    router: { locate: async () => "here" },
    turns: new Turns(1),
    pace: new WriteBudget(1000),
    streams: { catchUp: async () => ({ type: "entries", seq: 0, entries: [] }) },
    holder: { touch: () => undefined },
    expiresAt: () => undefined,
  } as unknown as SessionSources;
  const principal = { userId: "u", tenantId: "t", role: "owner", email: "" } as const;
  const fakes = [new FakeSocket(true), new FakeSocket(false)];
  for (const fake of fakes) {
    new Session(fake as unknown as WebSocket, { principal, token: undefined, isHop: false }, sources);
    fake.emit("message", Buffer.from(JSON.stringify({ type: "subscribe", workspaceId })), false);
  }
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  await settle();
  const payload = JSON.stringify("x".repeat(50_000));
  for (let seq = 1; seq <= 60; seq += 1)
    hub.publish(workspaceId, { type: "entries", entries: [{ seq, kind: "set", name: "p", payload }] });
  await settle();
  const [slow, fast] = fakes.map(({ sent }) => sent.filter(({ type }) => type === "patch").map(({ seq }) => seq));
  expect(fast).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
  expect(slow?.length).toBeLessThan(30);
  expect((await metrics.socketsDropped.get()).values).toContainEqual(
    expect.objectContaining({ value: 1, labels: { reason: "too_slow" } }),
  );
});
