import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient, HeldHost, startWorld, type TestKernel, type World } from "./harness";

let world: World;
let kernel: TestKernel;
const newClient = () => createClient("owner", randomUUID(), 3600);
const client = newClient();

/** No heartbeat renews leases here, and these tests take long on a busy machine. */
const LASTING = { LEASE_MS: "600000", HTTP_TIMEOUT: "600000" };

beforeAll(async () => {
  world = await startWorld();
  kernel = await world.start(LASTING);
}, 60_000);

afterEach(() => jest.restoreAllMocks());
afterAll(() => world?.stop());

const post = (id: string, action: string, body?: object) => client.call(kernel, "POST", `/${id}/${action}`, body);

test("a stopped workspace keeps its variables, runs nothing, and comes back by resume", async () => {
  const id = await client.create(kernel);
  await client.run(kernel, id, "let n = 41");
  expect((await post(id, "stop")).body).toMatchObject({
    state: "stopped",
    stopReason: "requested",
    stoppedAt: expect.stringMatching(/Z$/),
    ownerPod: null,
  });
  expect((await post(id, "stop")).status).toBe(200);
  expect(await post(id, "execute", { code: "n" })).toMatchObject({ status: 409, body: { code: "workspace_stopped" } });
  expect((await post(id, "resume")).body).toMatchObject({ state: "running", stopReason: null, stoppedAt: null });
  expect(await client.run(kernel, id, "n + 1")).toMatchObject({ result: 42, restarted: false });
});

test("the time when a workspace was last active stays as it was shown, also after the clock is corrected", async () => {
  const id = await client.create(kernel);
  await client.run(kernel, id, "1");
  const lastActiveAt = async () => (await client.call(kernel, "GET", `/${id}`)).body.lastActiveAt;
  const shown = await lastActiveAt();
  const now = Date.now;
  jest.spyOn(Date, "now").mockImplementation(() => now() + 2000);
  expect(await lastActiveAt()).toBe(shown);
});

test("a running workspace that was not loaded yet has the memory that it will load, a stopped one has none", async () => {
  const id = await client.create(kernel);
  const memory = async () => (await client.call(kernel, "GET", `/${id}`)).body.memoryBytes;
  expect(await memory()).toBe(0);
  await client.run(kernel, id, "let n = 41");
  const used = await memory();
  expect(used).toBeGreaterThan(64 * 1024);
  await post(id, "stop");
  expect(await memory()).toBe(0);
  await post(id, "resume");
  expect(await memory()).toBe(used);
});

test("the workspace that was made last is listed first", async () => {
  const other = newClient();
  for (const name of ["first", "second", "third"]) await other.create(kernel, name);
  const { items } = (await other.call(kernel, "GET", "")).body as { items: { name: string }[] };
  expect(items.map(({ name }) => name)).toEqual(["third", "second", "first"]);
});

test("A61: a snapshot brings variables, state, panels and handlers back", async () => {
  const id = await client.create(kernel);
  await client.run(kernel, id, "let n = 1; const up = () => ++n; state.set('k', 'old'); view.set('p', { v: 1 })");
  await client.call(kernel, "PUT", `/${id}/handlers/add`, { code: "return n + input" });
  const made = await post(id, "snapshots", { name: "before" });
  expect(made).toMatchObject({ status: 201, body: { name: "before", sizeBytes: expect.any(Number) } });
  await client.run(kernel, id, "up(); n = 100; state.set('k', 'new'); view.remove('p')");
  await client.call(kernel, "DELETE", `/${id}/handlers/add`);
  expect((await post(id, "restore", { snapshotId: made.body.id })).status).toBe(200);
  expect(await client.run(kernel, id, "[n, up(), state.get('k'), view.get('p')]")).toMatchObject({
    result: [1, 2, "old", { v: 1 }],
    restarted: false,
  });
  expect((await post(id, "handlers/add/invoke", { input: 5 })).body).toMatchObject({ result: 7 });
  expect((await client.call(kernel, "GET", `/${id}/snapshots`)).body.items).toEqual([made.body]);
  expect((await client.call(kernel, "DELETE", `/${id}/snapshots/${String(made.body.id)}`)).status).toBe(204);
  expect(await post(id, "restore", { snapshotId: made.body.id })).toMatchObject({
    status: 404,
    body: { code: "snapshot_not_found" },
  });
});

test("a clone goes its own way, from now or from a snapshot", async () => {
  const id = await client.create(kernel);
  await client.run(kernel, id, "let n = 1; const up = () => ++n");
  const { body: snapshot } = await post(id, "snapshots", { name: "s" });
  await client.run(kernel, id, "up()");
  const now = await post(id, "clone", { name: "now" });
  const then = await post(id, "clone", { name: "then", snapshotId: snapshot.id });
  expect(now).toMatchObject({ status: 201, body: { state: "stopped", stopReason: "not_started" } });
  expect(await client.run(kernel, String(now.body.id), "up()")).toMatchObject({ result: 3, restarted: false });
  expect(await client.run(kernel, String(then.body.id), "up()")).toMatchObject({ result: 2 });
  expect(await client.run(kernel, id, "n")).toMatchObject({ result: 2 });
  expect((await client.call(kernel, "GET", `/${id}/snapshots`)).body.items).toHaveLength(1);
});

test("a workspace has at most 20 snapshots", async () => {
  const id = await client.create(kernel);
  for (let i = 0; i < 20; i += 1) await post(id, "snapshots", { name: `s${i}` });
  expect(await post(id, "snapshots", { name: "more" })).toMatchObject({ status: 409, body: { code: "limit_reached" } });
});

test("A13: idle unloading warns first, and spares what runs and what somebody keeps alive", async () => {
  const host = new HeldHost();
  const idle = await world.start({ ...LASTING, IDLE_WORKSPACE_TIMEOUT_MS: "600000" }, host.options);
  await host.allowFor(client, idle);
  const [kept, busy, plain] = [await client.create(idle), await client.create(idle), await client.create(idle)];
  await client.call(idle, "PUT", `/${kept}/keep-alive`, { seconds: 3600 });
  const running = client.run(idle, busy, `${host.call}; 'done'`);
  await host.called;
  const now = performance.now.bind(performance);
  const clock = jest.spyOn(performance, "now");
  const unloadIdleAfter = async (ms: number) => {
    clock.mockImplementation(() => now() + ms);
    await idle.holder.unloadIdle();
  };
  const look = async (id: string) => (await client.call(idle, "GET", `/${id}`)).body;
  await unloadIdleAfter(545_000);
  const warned = idle.lines.filter(({ message }) => message === "workspace is idle and will be unloaded");
  expect(warned.map(({ workspaceId }) => workspaceId)).toEqual([plain]);
  expect(await look(plain)).toMatchObject({ state: "running" });
  await unloadIdleAfter(600_000);
  expect(await look(plain)).toMatchObject({ state: "stopped", stopReason: "idle" });
  expect(await look(kept)).toMatchObject({ state: "running", keepAliveUntil: expect.stringMatching(/Z$/) });
  host.release();
  expect(await running).toMatchObject({ result: "done", restarted: false });
  expect((await idle.app.inject("/metrics")).body).toMatch(/nexus_workspace_unloads_total\{.*reason="idle".*\} 1/);
});

test("D31: a pod that drains lets work end and hands its workspaces over; requests to it go on being served", async () => {
  const host = new HeldHost();
  // The pods of earlier tests must not take what the first one gives up.
  await world.postgres.query("delete from kernel.pods");
  const [a, b] = [await world.start(LASTING, host.options), await world.start(LASTING, host.options)];
  const mine = newClient();
  await host.allowFor(mine, a);
  const id = await mine.create(a);
  await mine.run(a, id, "let n = 1");
  const running = mine.run(a, id, `${host.call}; n += 1`);
  await host.called;
  const unload = jest.spyOn(a.holder, "unload");
  const drained = a.holder.drain();
  const later = mine.run(a, id, "n += 1");
  // The drain and the later request: both wait for the running work.
  while (a.holder.active > 0 && unload.mock.calls.length < 2) await sleep(2);
  expect(a.holder.active).toBe(1);
  host.release();
  expect([await running, await later]).toMatchObject([{ result: 2 }, { result: 3 }]);
  await drained;
  // The execution ended on the pod on which it began.
  expect(host.calls).toBe(1);
  expect([a.holder.active, b.holder.active]).toEqual([0, 1]);
  expect(await mine.run(a, id, "n")).toMatchObject({ result: 3, restarted: false });
  expect((await mine.call(b, "GET", `/${id}`)).body).toMatchObject({ state: "running" });
  expect((await mine.call(a, "POST", "", { name: "new" })).status).toBe(201);
});

describe("handlers and panels", () => {
  test("a handler is named, versioned and runs with the variables of its workspace", async () => {
    const id = await client.create(kernel);
    await client.run(kernel, id, "let total = 0");
    const put = (code: string) => client.call(kernel, "PUT", `/${id}/handlers/add`, { code });
    expect((await put("total += input.by; return total")).body).toMatchObject({ name: "add", version: 1 });
    expect((await post(id, "handlers/add/invoke", { input: { by: 2 } })).body).toMatchObject({ result: 2 });
    expect((await post(id, "handlers/add/invoke", { input: { by: 3 } })).body).toMatchObject({ result: 5 });
    expect((await put("return await Promise.resolve(-total)")).body).toMatchObject({ version: 2 });
    expect((await post(id, "handlers/add/invoke", {})).body).toMatchObject({ result: -5 });
    expect((await client.call(kernel, "GET", `/${id}/handlers`)).body.items).toHaveLength(1);
    expect((await client.call(kernel, "DELETE", `/${id}/handlers/add`)).status).toBe(204);
    expect(await post(id, "handlers/add/invoke", {})).toMatchObject({
      status: 404,
      body: { code: "handler_not_found" },
    });
    expect((await kernel.app.inject("/metrics")).body).toMatch(
      /nexus_code_cache_lookups_total\{.*result="hit".*\} [1-9]/,
    );
  });

  test.each(["return 1 +", "}); evil(); (() => {", "import 'x'"])("a handler must be JavaScript: %s", async (code) => {
    const id = await client.create(kernel);
    expect(await client.call(kernel, "PUT", `/${id}/handlers/h`, { code })).toMatchObject({
      status: 400,
      body: { code: "validation_failed", errors: [{ field: "code" }] },
    });
  });

  test.each([
    ["state:read", "state.get('k')"],
    ["state:write", "state.set('k', 1)"],
    ["events:emit", "emit('e')"],
    ["view:update", "view.set('p', 1)"],
    ["ext", "await ext.http('http://example.com')"],
  ])("a handler without the capability %s cannot use it", async (capability, code) => {
    const id = await client.create(kernel);
    await client.call(kernel, "PUT", `/${id}/handlers/h`, { code, capabilities: [] });
    expect((await post(id, "handlers/h/invoke", {})).body.error).toMatchObject({
      name: "CapabilityError",
      message: `the handler lacks the capability ${capability}`,
    });
    await client.call(kernel, "PUT", `/${id}/handlers/h`, { code, capabilities: [capability] });
    expect((await post(id, "handlers/h/invoke", {})).body).not.toMatchObject({ error: { name: "CapabilityError" } });
  });

  test("panels are read with the number of the entry that they contain", async () => {
    const id = await client.create(kernel);
    await client.run(kernel, id, "view.set('a', { x: 1, y: [1] }); view.update('a', { x: null, z: 2 }); emit('e', 5)");
    expect((await client.call(kernel, "GET", `/${id}/panels`)).body).toEqual({
      seq: 3,
      items: [{ name: "a", state: { y: [1], z: 2 } }],
    });
    expect((await client.call(kernel, "GET", `/${id}/panels/a`)).body).toMatchObject({ state: { y: [1], z: 2 } });
    expect(await client.call(kernel, "GET", `/${id}/panels/b`)).toMatchObject({ body: { code: "panel_not_found" } });
  });
});

test("what a workspace keeps is bounded", async () => {
  const id = await client.create(kernel);
  for (const code of [
    "state.set('k', 'x'.repeat(3e5))",
    "for (let i = 0; i < 100; i++) view.set('p' + i, i)",
    "for (let i = 0; i < 1000; i++) emit('e', i)",
    "emit('e', 'x'.repeat(1e5))",
  ]) {
    expect((await client.run(kernel, id, code)).error).toMatchObject({ name: "LimitError", code: "script_error" });
  }
  expect((await client.run(kernel, id, "state.set('k', () => 1)")).error).toMatchObject({ name: "TypeError" });
});
