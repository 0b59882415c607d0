import { randomUUID } from "node:crypto";
import { buildBundle } from "@nexus/testkit/bundle";
import { remove } from "@nexus/testkit/server-process";
import type { DatabaseSettings } from "@nexus/testkit/postgres";
import { kernelEnv } from "../src/env";
import { WorkspaceIds } from "../src/ownership/workspace-ids";
import { createMemoryStores } from "../src/store/memory/memory-stores";
import { createClient, startKernel, type TestKernel } from "./harness";
import { ALL, LIMITS } from "./open-stores";

let bundle: string;
let kernel: TestKernel;

beforeAll(async () => {
  bundle = await buildBundle("workspace-kernel");
});
beforeEach(async () => {
  kernel = await startKernel(bundle, {} as DatabaseSettings, { IDLE_WORKSPACE_TIMEOUT_MS: "100" });
  await kernel.holder.heartbeat();
});
afterEach(() => kernel.end());
afterAll(() => remove(bundle));

const client = createClient();

test("A13: a workspace that was unloaded goes on with its variables", async () => {
  const id = await client.create(kernel);
  await client.run(kernel, id, "let kept = { n: 7 }");
  await kernel.holder.unload(id, "idle");
  expect(kernel.holder.active).toBe(0);
  expect((await client.call(kernel, "GET", `/${id}`)).body).toMatchObject({ state: "stopped", stopReason: "idle" });
  expect(await client.run(kernel, id, "kept.n")).toMatchObject({ result: 7, restarted: false });
});

test("stop, resume and keep-alive work as they do with a database", async () => {
  const id = await client.create(kernel);
  expect((await client.call(kernel, "POST", `/${id}/stop`, {})).body).toMatchObject({ state: "stopped" });
  expect(await client.run(kernel, id, "1")).toMatchObject({ code: "workspace_stopped" });
  expect((await client.call(kernel, "POST", `/${id}/resume`, {})).body).toMatchObject({ state: "running" });
  const kept = await client.call(kernel, "PUT", `/${id}/keep-alive`, { seconds: 60 });
  expect(kept.status).toBe(200);
  expect(await client.run(kernel, id, "1")).toMatchObject({ result: 1 });
});

test("a clone has what the original had, and a failed one leaves nothing behind", async () => {
  const id = await client.create(kernel);
  await client.run(kernel, id, "let n = 5");
  await client.call(kernel, "PUT", `/${id}/handlers/twice`, { code: "return input * 2" });
  const clone = await client.call(kernel, "POST", `/${id}/clone`, { name: "copy" });
  expect(clone.status).toBe(201);
  const copy = String(clone.body.id);
  expect(await client.run(kernel, copy, "n += 1")).toMatchObject({ result: 6 });
  expect(await client.run(kernel, id, "n")).toMatchObject({ result: 5 });
  const twice = await client.call(kernel, "POST", `/${copy}/handlers/twice/invoke`, { input: 21 });
  expect(twice.body).toMatchObject({ result: 42 });
  const failed = await client.call(kernel, "POST", `/${id}/clone`, {
    name: "never",
    snapshotId: "8b0c3a2e-1111-4222-8333-444455556666",
  });
  expect(failed).toMatchObject({ status: 404, body: { code: "snapshot_not_found" } });
  const { items } = (await client.call(kernel, "GET", "")).body as { items: { name: string }[] };
  expect(items.map(({ name }) => name)).not.toContain("never");
});

test("a request that is repeated with its key is answered as before", async () => {
  const id = await client.create(kernel);
  await client.run(kernel, id, "let n = 0");
  const [first, again] = [
    await client.call(kernel, "POST", `/${id}/execute`, { code: "n += 1" }, "key-1"),
    await client.call(kernel, "POST", `/${id}/execute`, { code: "n += 1" }, "key-1"),
  ];
  expect([first.body.result, again.body.result]).toEqual([1, 1]);
  expect(again.headers["idempotency-replayed"]).toBe("true");
  const other = await client.call(kernel, "POST", `/${id}/execute`, { code: "n += 2" }, "key-1");
  expect(other.body).toMatchObject({ code: "idempotency_key_reused" });
  const made = await Promise.all([1, 2].map(() => client.call(kernel, "POST", "", { name: "once" }, "key-2")));
  expect(made[0]?.body.id).toBe(made[1]?.body.id);
});

test("a tenant that fills the memory of a pod loses workspaces of its own, not those of others", async () => {
  const self = { pod: "kernel-1", url: "http://10.0.0.1:3000", leaseMs: 60_000 };
  const stores = createMemoryStores(self, new WorkspaceIds("10.0.0.1", ["a-key-of-the-tests"]), LIMITS, 1024 * 1024);
  const [quiet, loud] = [randomUUID(), randomUUID()];
  const { id } = await stores.workspaces.insert({ tenantId: quiet, name: "idle longest" }, false);
  const made: string[] = [];
  for (let count = 0; count < 25; count += 1)
    made.push((await stores.workspaces.insert({ tenantId: loud, name: "another" }, false)).id);
  expect(await stores.workspaces.find(id, quiet)).toBeDefined();
  const left = (await stores.workspaces.list(loud, ALL)).items.map((row) => row.id);
  expect(left).toEqual(made.slice(-left.length).reverse());
  expect(left.length).toBeLessThan(16);
});

test("D13: half a database is an error, and so is an address that ids cannot name", () => {
  const problems = (env: Record<string, string>) =>
    kernelEnv.safeParse({ AUTH_ENABLED: "false", ...env }).error?.issues.map(({ path }) => path.join("."));
  expect(problems({ DATABASE_HOST: "db" })).toEqual(["DATABASE_PASSWORD"]);
  expect(problems({ POD_IP: "fd00::1" })).toEqual(["POD_IP"]);
  expect(problems({ POD_IP: "fd00::1", DATABASE_PASSWORD: "pw" })).toBeUndefined();
});
