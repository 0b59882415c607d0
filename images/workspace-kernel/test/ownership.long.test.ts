import { once } from "node:events";
import { connect } from "node:net";
import { WebSocket } from "ws";
import { startPostgres, type TestPostgres } from "@nexus/testkit/postgres";
import { waitFor } from "@nexus/testkit/server-process";
import { createClient, drainAfterLookup, HeldHost, startWorld, type TestKernel, type World } from "./harness";

let world: World<TestPostgres>;
/** Code has the time that it needs, also on a busy machine. */
const start: World["start"] = (overrides, options) => world.start({ TIMEOUT_MS: "60000", ...overrides }, options);

beforeAll(async () => {
  world = await startWorld(startPostgres);
});

afterEach(() => world.endAll());
afterAll(() => world?.stop());

test("a request that reaches another pod is relayed to the owner, and state lives in one place", async () => {
  const [a, b] = [await start(), await start()];
  const client = createClient();
  const id = await client.create(a);
  await client.run(a, id, "let n = 41");
  expect(await client.run(b, id, "n + 1")).toMatchObject({ result: 42, restarted: false });
  expect([a.holder.active, b.holder.active]).toEqual([1, 0]);
  expect((await client.call(b, "DELETE", `/${id}`)).status).toBe(204);
  expect(a.holder.active).toBe(0);
});

test("a dead owner is replaced at once when it refuses connections, and everything acknowledged is there", async () => {
  const [a, b] = [await start(), await start()];
  const client = createClient();
  const id = await client.create(a);
  await client.run(a, id, "var n = 1");
  await world.end(a);
  expect(await client.run(b, id, "n")).toMatchObject({ result: 1, restarted: false, rolledBack: false });
  expect((await client.call(b, "GET", `/${id}`)).body).toMatchObject({ state: "running" });
});

test("an owner whose lease ended and was taken over drops its instance at the next heartbeat", async () => {
  const [a, b] = [await start(), await start()];
  const client = createClient();
  const id = await client.create(a);
  await world.postgres.query("update kernel.workspaces set lease_expires_at = now() - interval '1 second'");
  expect(await client.run(b, id, "1")).toMatchObject({ result: 1 });
  await a.holder.heartbeat();
  expect([a.holder.active, b.holder.active]).toEqual([0, 1]);
  expect(a.lines).toContainEqual(expect.objectContaining({ message: "workspace unloaded", reason: "lease_lost" }));
});

test("two pods that want the same workspace at once: one wins, both answer", async () => {
  const [a, b] = [await start(), await start()];
  const client = createClient();
  const id = await client.create(a);
  await a.holder.drain();
  const c = await start();
  const answers = await Promise.all([b, c, b, c].map((kernel) => client.run(kernel, id, "1")));
  expect(answers.map(({ result, error }) => error ?? result)).toEqual([1, 1, 1, 1]);
  expect(b.holder.active + c.holder.active).toBe(1);
});

test("D28: requests for one workspace that come while the pod takes it wait for that, and do not take it anew", async () => {
  const [a, b] = [await start(), await start()];
  const client = createClient();
  const id = await client.create(a);
  await client.run(a, id, "var n = 0");
  await world.end(a);
  const looked = jest.spyOn(b.stores.workspaces, "find");
  const claim = b.stores.workspaces.claim.bind(b.stores.workspaces);
  const claimed = jest.spyOn(b.stores.workspaces, "claim");
  let second: Promise<Record<string, unknown>> | undefined;
  // The row says that this pod owns the workspace, but the pod does not know it yet.
  claimed.mockImplementationOnce(async (...args) => {
    const row = await claim(...args);
    const before = looked.mock.results.length;
    second = client.run(b, id, "++n");
    await waitFor("the second request has looked the workspace up", async () => {
      expect(await looked.mock.results[before]?.value).toMatchObject({ ownerPod: row?.ownerPod, epoch: row?.epoch });
    });
    return row;
  });
  const first = await client.run(b, id, "++n");
  // They run one after the other, in either order.
  expect(new Set([first.result, (await second)?.result])).toEqual(new Set([1, 2]));
  expect(claimed).toHaveBeenCalledTimes(1);
});

test("A12: a full pod passes requests to a pod with room; if all are full, one of them unloads an idle workspace", async () => {
  const small = { MAX_WORKSPACES_PER_POD: "1" };
  const [a, b] = [await start(small), await start(small)];
  const [first, second] = [createClient(), createClient()];
  const ids = [await first.create(a), await first.create(a)];
  expect([a.holder.active, b.holder.active]).toEqual([1, 1]);
  for (const id of ids) await first.run(a, id, "let kept = 1");
  await Promise.all([a.holder.heartbeat(), b.holder.heartbeat()]);
  // Whoever asks gets a place: the tenant itself, or another one.
  for (const client of [first, second, first, second]) {
    const id = await client.create(a);
    expect(await client.run(b, id, "1 + 1")).toMatchObject({ result: 2 });
  }
  for (const id of ids) expect(await first.run(b, id, "kept")).toMatchObject({ result: 1, restarted: false });
  expect([a.holder.active, b.holder.active]).toEqual([1, 1]);
});

test("A12: a tenant that fills every pod does not lock others out: its least recently used workspaces make room", async () => {
  const small = { MAX_WORKSPACES_PER_POD: "2" };
  const [a, b] = [await start(small), await start(small)];
  const [greedy, modest] = [createClient(), createClient()];
  const ids: string[] = [];
  for (const kernel of [a, a, b, b]) ids.push(await greedy.create(kernel));
  for (const id of ids) {
    await greedy.run(a, id, "let kept = 1");
    expect((await greedy.call(a, "PUT", `/${id}/keep-alive`, { seconds: 86_400 })).status).toBe(200);
  }
  await Promise.all([a.holder.heartbeat(), b.holder.heartbeat()]);
  const own = await modest.create(a);
  expect(await modest.run(b, own, "1 + 1")).toMatchObject({ result: 2 });
  expect((await greedy.call(b, "GET", `/${ids[0]}`)).body).toMatchObject({ state: "stopped", stopReason: "idle" });
  await modest.create(a);
  await modest.create(b);
  for (const id of ids) expect(await greedy.run(a, id, "kept")).toMatchObject({ result: 1, restarted: false });
});

test("A12: keep-alive goes last, and within a bound: a tenant that keeps all alive locks nobody out", async () => {
  const a = await start({ MAX_WORKSPACES_PER_POD: "3" });
  const [greedy, modest] = [createClient(), createClient()];
  const ids = [await greedy.create(a), await greedy.create(a), await greedy.create(a)];
  for (const id of ids) await greedy.call(a, "PUT", `/${id}/keep-alive`, { seconds: 86_400 });
  const own = [await modest.create(a), await modest.create(a)];
  for (const id of own) expect(await modest.run(a, id, "1 + 1")).toMatchObject({ result: 2 });
  const states = ids.map(async (id) => (await greedy.call(a, "GET", `/${id}`)).body.state);
  // One of three places is kept.
  expect(await Promise.all(states)).toEqual(["stopped", "stopped", "running"]);
});

test("requests that come all at once for more workspaces than there are places all get their turn", async () => {
  const small = { MAX_WORKSPACES_PER_POD: "2" };
  const pods = [await start(small), await start(small)];
  const clients = Array.from({ length: 5 }, () => createClient());
  const work = clients.flatMap((client) =>
    [0, 1, 2].map(async (index) => {
      const id = await client.create(pods[index % 2] as TestKernel);
      await client.run(pods[index % 2] as TestKernel, id, "var n = 1");
      return await client.run(pods[(index + 1) % 2] as TestKernel, id, "n + 1");
    }),
  );
  for (const answer of await Promise.all(work)) expect(answer).toMatchObject({ result: 2, restarted: false });
});

test("a request waits for a place while all are in use", async () => {
  const host = new HeldHost();
  const a = await start({ MAX_WORKSPACES_PER_POD: "1", HTTP_TIMEOUT: "600000" }, host.options);
  const [busy, other] = [createClient(), createClient()];
  await host.allowFor(busy, a);
  const running = busy.run(a, await busy.create(a), `${host.call}; 'done'`);
  await host.called;
  const waiting = other.create(a);
  host.release();
  expect(await running).toMatchObject({ result: "done" });
  expect(await other.run(a, await waiting, "1")).toMatchObject({ result: 1 });
});

test("A12: where all places are really in use until the time to wait ends, the answer is 503 with Retry-After", async () => {
  const host = new HeldHost();
  const small = { MAX_WORKSPACES_PER_POD: "1", HTTP_TIMEOUT: "600000" };
  const [a, b] = [await start(small, host.options), await start(small, host.options)];
  const [busy, other] = [createClient(), createClient()];
  await host.allowFor(busy, a);
  const [first, second] = [await busy.create(a), await busy.create(b)];
  const late = await other.create(a);
  await other.call(a, "POST", `/${late}/stop`);
  const running = [busy.run(a, first, `${host.call}; 1`), busy.run(b, second, `${host.call}; 2`)];
  await waitFor("both run", async () => expect(host.calls).toBe(2));
  await Promise.all([a.holder.heartbeat(), b.holder.heartbeat()]);
  const refused = [other.call(a, "POST", "", { name: "one too many" }), other.call(b, "POST", `/${late}/resume`)];
  for (const answer of await Promise.all(refused)) {
    expect(answer).toMatchObject({ status: 503, body: { code: "kernel_full" }, headers: { "retry-after": "10" } });
  }
  host.release();
  expect(await Promise.all(running)).toMatchObject([{ result: 1 }, { result: 2 }]);
  expect(await other.run(a, late, "3")).toMatchObject({ result: 3 });
});

test("a relayed request is never relayed again", async () => {
  const [a, b] = [await start(), await start()];
  const client = createClient();
  const id = await client.create(a);
  const response = await b.app.inject({
    method: "POST",
    url: `/api/v1/workspaces/${id}/execute`,
    headers: { authorization: `Bearer ${client.token}`, "x-nexus-hop": "other" },
    payload: { code: "1" },
  });
  expect(response.json()).toMatchObject({ status: 503, code: "owner_moved" });
});

test("D28: a request on its way to an owner that lets go meanwhile finds the next one", async () => {
  const [a, b] = [await start(), await start()];
  const client = createClient();
  const id = await client.create(a);
  await client.run(a, id, "var n = 1");
  drainAfterLookup(b, a);
  expect(await client.run(b, id, "n")).toMatchObject({ result: 1, restarted: false });
  expect([a.holder.active, b.holder.active]).toEqual([0, 1]);
});

test("A13: an idle workspace is unloaded and its place is free; the next request brings it back", async () => {
  const a = await start({ IDLE_WORKSPACE_TIMEOUT_MS: "1000" });
  const client = createClient();
  const id = await client.create(a);
  await client.run(a, id, "let kept = 7");
  await a.holder.unloadIdle();
  expect(a.holder.active).toBe(1);
  await waitFor("the workspace is unloaded", async () => {
    await a.holder.unloadIdle();
    expect(a.holder.active).toBe(0);
  });
  expect((await client.call(a, "GET", `/${id}`)).body).toMatchObject({
    state: "stopped",
    stopReason: "idle",
    ownerPod: null,
  });
  expect(await client.run(a, id, "kept")).toMatchObject({ result: 7, restarted: false });
});

test("the database going away: nothing is acknowledged that is not durable, and it comes back by itself", async () => {
  const a = await start();
  const client = createClient();
  const id = await client.create(a);
  await client.run(a, id, "var n = 1");
  await world.postgres.halt();
  expect(await client.call(a, "GET", "")).toMatchObject({ status: 503, body: { code: "database_unavailable" } });
  expect(await client.call(a, "POST", `/${id}/execute`, { code: "n = 2" })).toMatchObject({
    status: 503,
    body: { code: "commit_failed" },
    headers: { "retry-after": "2" },
  });
  expect((await a.app.inject("/ready")).statusCode).toBe(503);
  expect((await a.app.inject("/health")).statusCode).toBe(200);
  await world.postgres.resume();
  expect((await client.call(a, "GET", "")).status).toBe(200);
  expect(await client.run(a, id, "n")).toMatchObject({ result: 1, restarted: false });
});

test("C20 X16 D31: /panels needs a token, greets, and closes with 1012 when the service stops", async () => {
  const a = await start();
  const port = await a.panels.listen("127.0.0.1", 0);
  const refused = new WebSocket(`ws://127.0.0.1:${port}/panels`);
  await expect(new Promise((_resolve, reject) => refused.once("error", reject))).rejects.toThrow("401");
  const socket = new WebSocket(`ws://127.0.0.1:${port}/panels?token=${createClient().token}`);
  const hello = await new Promise((resolve) =>
    socket.once("message", (data: Buffer) => resolve(JSON.parse(data.toString()))),
  );
  expect(hello).toMatchObject({ type: "hello" });
  const closed = new Promise((resolve) => socket.once("close", resolve));
  // Whoever connects and sends nothing does not delay the stop.
  const silent = connect(port, "127.0.0.1");
  await once(silent, "connect");
  await world.end(a);
  expect(await closed).toBe(1012);
  silent.destroy();
});
