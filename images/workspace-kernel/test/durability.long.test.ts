import { randomUUID } from "node:crypto";
import { freePort, waitFor } from "@nexus/testkit/server-process";
import { createClient, startWorld, type World } from "./harness";

let world: World;

beforeAll(async () => {
  world = await startWorld();
});

afterEach(() => world.endAll());
afterAll(() => world?.stop());

test("A60 A61 X13: closures and large arrays made before a kill work after it, in another pod", async () => {
  const [a, b] = [await world.start(), await world.start()];
  const client = createClient();
  const id = await client.create(a);
  await client.run(a, id, "const rows = Array.from({ length: 10_000 }, (_, i) => ({ i, twice: () => i * 2 }))");
  await client.run(
    a,
    id,
    "const counter = ((n) => ({ up: () => ++n }))(40); class P { #x = 5; get x() { return this.#x } }",
  );
  await client.run(a, id, "counter.up(); const p = new P(), m = new Map([[rows[3], 'third']])");
  await world.end(a);
  expect(
    await client.run(b, id, "[rows.length, rows[9_999].twice(), counter.up(), p.x, m.get(rows[3])]"),
  ).toMatchObject({
    result: [10_000, 19_998, 42, 5, "third"],
    restarted: false,
  });
});

test("a heap that grew beyond the first memory comes back whole", async () => {
  const [a, b] = [await world.start({ TIMEOUT_MS: "5000" }), await world.start({ TIMEOUT_MS: "5000" })];
  const client = createClient();
  const id = await client.create(a);
  await client.run(
    a,
    id,
    "const bytes = new Uint8Array(18e6); for (let i = 0; i < bytes.length; i += 997) bytes[i] = i % 251",
  );
  await world.end(a);
  const sum =
    "let s = 0; for (let i = 0; i < bytes.length; i += 997) s += bytes[i] === i % 251 ? 0 : 1; [bytes.length, s]";
  expect(await client.run(b, id, sum)).toMatchObject({ result: [18e6, 0] });
});

test("an execution writes what it changed, and what is stored stays in proportion to the heap", async () => {
  const a = await world.start();
  const client = createClient();
  const id = await client.create(a);
  await client.run(a, id, "const big = Array.from({ length: 20_000 }, (_, i) => ({ i })); let n = 0, noise");
  const segments = async () =>
    (await world.postgres.query("select length(data) as bytes from kernel.heap_segments order by seq")).map(
      ({ bytes }) => Number(bytes),
    );
  for (let i = 0; i < 40; i += 1) await client.run(a, id, "n += 1");
  const small = (await segments()).slice(2);
  expect(small).toHaveLength(39);
  expect(small.toSorted((x, y) => x - y)[20]).toBeLessThan(2048);
  // 100 KiB each time, 6 MB together.
  for (let i = 0; i < 60; i += 1)
    await client.run(a, id, "n += 1; noise = Float64Array.from({ length: 13_000 }, Math.random); 0");
  expect((await segments()).reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(3e6);
  await world.end(a);
  const b = await world.start();
  expect(await client.run(b, id, "[n, big[19_999].i, noise.length]")).toMatchObject({ result: [100, 19_999, 13_000] });
}, 60_000);

test("random numbers do not repeat after a heap was copied", async () => {
  const a = await world.start();
  const client = createClient();
  const id = await client.create(a);
  await client.run(a, id, "Math.random()");
  const clones = await Promise.all(
    ["one", "two"].map(async (name) => String((await client.call(a, "POST", `/${id}/clone`, { name })).body.id)),
  );
  const numbers = await Promise.all(
    [id, ...clones].map(async (one) => (await client.run(a, one, "Math.random()")).result),
  );
  expect(new Set(numbers).size).toBe(3);
});

test("an owner that was replaced without noticing has nothing acknowledged; the request is served from what is durable", async () => {
  const a = await world.start();
  const client = createClient();
  const id = await client.create(a);
  await client.run(a, id, "let n = 1");
  const ended = `http://127.0.0.1:${await freePort()}`;
  await world.postgres.query(`update kernel.workspaces set owner_pod = 'other', owner_url = '${ended}',
    epoch = epoch + 1, lease_expires_at = now() + interval '1 minute'`);
  expect(await client.run(a, id, "n += 1")).toMatchObject({ result: 2 });
  expect(await client.run(a, id, "n")).toMatchObject({ result: 2 });
  const [row] = await world.postgres.query("select epoch, owner_pod from kernel.workspaces");
  expect(row).toEqual({ epoch: 3, owner_pod: expect.stringMatching(/^kernel-/) });
});

test("a heap of another sandbox build falls back to the persisted state and says so once", async () => {
  const [a, b] = [await world.start(), await world.start()];
  const client = createClient();
  const id = await client.create(a);
  await client.run(a, id, "var n = 1; state.set('n', 1); view.set('p', { n })");
  await world.postgres.query("update kernel.workspaces set heap_build = 'another'");
  await world.end(a);
  expect(await client.run(b, id, "[typeof n, state.get('n'), view.get('p')]")).toMatchObject({
    result: ["undefined", 1, { n: 1 }],
    restarted: true,
    restartReason: "snapshot_incompatible",
  });
  expect(await client.run(b, id, "n = 2")).toMatchObject({ restarted: false });
  await world.end(b);
  expect(await client.run(await world.start(), id, "n")).toMatchObject({ result: 2, restarted: false });
});

test("an Idempotency-Key makes an execution happen once, also when another pod gets the repetition", async () => {
  const [a, b] = [await world.start(), await world.start()];
  const client = createClient();
  const id = await client.create(a);
  await client.run(a, id, "let n = 0");
  const key = randomUUID();
  const answers = await Promise.all(
    [1, 2, 3].map(() => client.call(a, "POST", `/${id}/execute`, { code: "n += 1" }, key)),
  );
  expect(answers.map(({ body }) => body.result)).toEqual([1, 1, 1]);
  expect(answers.filter(({ headers }) => headers["idempotency-replayed"] === "true")).toHaveLength(2);
  await world.end(a);
  expect(await client.call(b, "POST", `/${id}/execute`, { code: "n += 1" }, key)).toMatchObject({
    body: { result: 1 },
    headers: { "idempotency-replayed": "true" },
  });
  expect(await client.run(b, id, "n")).toMatchObject({ result: 1 });
  expect(await client.call(b, "POST", `/${id}/execute`, { code: "n += 2" }, key)).toMatchObject({
    status: 422,
    body: { code: "idempotency_key_reused" },
  });
});

test("an Idempotency-Key makes one workspace of many requests, and one deletion", async () => {
  const a = await world.start();
  const client = createClient();
  const answers = await Promise.all([1, 2, 3].map(() => client.call(a, "POST", "", { name: "one" }, "create-1")));
  const ids = new Set(answers.map(({ body }) => body.id));
  expect(ids.size).toBe(1);
  expect((await client.call(a, "GET", "")).body.items).toHaveLength(1);
  const [id] = ids;
  for (let i = 0; i < 2; i += 1)
    expect((await client.call(a, "DELETE", `/${String(id)}`, undefined, "delete-1")).status).toBe(204);
});

test("D11 MAX_INSTANCES: more workspaces than instances keep their variables", async () => {
  const a = await world.start({ MAX_INSTANCES: "2" });
  const client = createClient();
  const ids = await Promise.all([0, 1, 2, 3].map((n) => client.create(a, `w${n}`)));
  for (const [n, id] of ids.entries()) await client.run(a, id, `let mine = ${n}`);
  for (const [n, id] of ids.entries()) expect(await client.run(a, id, "mine")).toMatchObject({ result: n });
  const metrics = (await a.app.inject("/metrics")).body;
  expect(metrics).toMatch(/nexus_instances_loaded\{.*\} [12]\n/);
  expect(metrics).toMatch(/nexus_active_workspaces\{.*\} 4\n/);
});

test("D16: instances wait ready for workspaces", async () => {
  const a = await world.start({ MIN_INSTANCES: "2" });
  const client = createClient();
  const id = await client.create(a);
  await waitFor("two instances are ready", async () => {
    expect((await a.app.inject("/metrics")).body).toMatch(/nexus_instances_spare\{.*\} 2\n/);
  });
  expect(await client.run(a, id, "let x = 1; x")).toMatchObject({ result: 1 });
  expect(await client.run(a, id, "x + 1")).toMatchObject({ result: 2 });
});
