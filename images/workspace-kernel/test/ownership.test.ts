import { createPool, migrate } from "@nexus/service";
import { WebSocket } from "ws";
import { buildBundle } from "../../service/test-support/bundle";
import { captureLog } from "../../service/test-support/log-capture";
import { startPostgres, type TestPostgres } from "../../service/test-support/postgres";
import { remove } from "../../service/test-support/server-process";
import { kernelMigrations } from "../src/store/migrations";
import { createClient, startKernel, type TestKernel } from "./harness";

let postgres: TestPostgres;
let bundle: string;
const running = new Set<TestKernel>();

async function start(overrides: Record<string, string> = {}): Promise<TestKernel> {
  const kernel = await startKernel(bundle, postgres.settings, overrides);
  running.add(kernel);
  await kernel.holder.heartbeat();
  return kernel;
}

async function end(kernel: TestKernel): Promise<void> {
  running.delete(kernel);
  await kernel.end();
}

beforeAll(async () => {
  bundle = await buildBundle("workspace-kernel");
  postgres = await startPostgres();
  const { log } = captureLog("workspace-kernel");
  const pool = createPool(postgres.settings, log);
  await migrate(pool, kernelMigrations, log);
  await pool.end();
}, 20_000);

afterEach(async () => {
  await Promise.all([...running].map(end));
  await postgres.query("truncate kernel.workspaces, kernel.pods");
});

afterAll(async () => {
  await postgres?.stop();
  await remove(bundle);
});

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

test("a dead owner is replaced at once when it refuses connections, and the answer says that state is gone", async () => {
  const [a, b] = [await start(), await start()];
  const client = createClient();
  const id = await client.create(a);
  await client.run(a, id, "var n = 1");
  await end(a);
  expect(await client.run(b, id, "typeof n")).toMatchObject({
    result: "undefined",
    restarted: true,
    restartReason: "taken_over",
  });
  expect((await client.call(b, "GET", `/${id}`)).body).toMatchObject({ state: "running" });
});

test("an owner whose lease ended and was taken over drops its instance at the next heartbeat", async () => {
  const [a, b] = [await start(), await start()];
  const client = createClient();
  const id = await client.create(a);
  await postgres.query("update kernel.workspaces set lease_expires_at = now() - interval '1 second'");
  expect(await client.run(b, id, "1")).toMatchObject({ restarted: true });
  await a.holder.heartbeat();
  expect([a.holder.active, b.holder.active]).toEqual([0, 1]);
  expect(a.lines).toContainEqual(expect.objectContaining({ message: "workspace unloaded", reason: "lease_lost" }));
});

test("two pods that want the same workspace at once: one wins, both answer", async () => {
  const [a, b] = [await start(), await start()];
  const client = createClient();
  const id = await client.create(a);
  await a.holder.close();
  const c = await start();
  const answers = await Promise.all([b, c, b, c].map((kernel) => client.run(kernel, id, "1")));
  expect(answers.map(({ result }) => result)).toEqual([1, 1, 1, 1]);
  expect(b.holder.active + c.holder.active).toBe(1);
});

test("A12: a full pod hands over to one with room; when all are full the answer is 503 with Retry-After", async () => {
  const small = { MAX_WORKSPACES_PER_POD: "1" };
  const [a, b] = [await start(small), await start(small)];
  const client = createClient();
  await client.create(a);
  const second = await client.call(a, "POST", "", { name: "two" });
  expect(second.status).toBe(201);
  expect(b.holder.active).toBe(1);
  await Promise.all([a.holder.heartbeat(), b.holder.heartbeat()]);
  const third = await client.call(a, "POST", "", { name: "three" });
  expect(third).toMatchObject({ status: 503, body: { code: "kernel_full" }, headers: { "retry-after": "10" } });
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

test("A13: an idle workspace is unloaded and its place is free; the next request brings it back", async () => {
  const a = await start({ IDLE_WORKSPACE_TIMEOUT_MS: "100" });
  const client = createClient();
  const id = await client.create(a);
  await a.holder.unloadIdle();
  expect(a.holder.active).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 120));
  await a.holder.unloadIdle();
  expect(a.holder.active).toBe(0);
  expect((await client.call(a, "GET", `/${id}`)).body).toMatchObject({ state: "stopped", ownerPod: null });
  expect(await client.run(a, id, "1")).toMatchObject({ result: 1, restarted: true });
});

test("the database going away answers 503 and comes back by itself", async () => {
  const a = await start();
  const client = createClient();
  const id = await client.create(a);
  await postgres.halt();
  expect(await client.call(a, "GET", "")).toMatchObject({ status: 503, body: { code: "database_unavailable" } });
  expect(await client.run(a, id, "1 + 1")).toMatchObject({ result: 2 });
  expect((await a.app.inject("/ready")).statusCode).toBe(503);
  expect((await a.app.inject("/health")).statusCode).toBe(200);
  await postgres.resume();
  expect((await client.call(a, "GET", "")).status).toBe(200);
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
  await end(a);
  expect(await closed).toBe(1012);
});
