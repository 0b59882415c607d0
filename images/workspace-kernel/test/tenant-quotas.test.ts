import { randomUUID } from "node:crypto";
import { request } from "node:http";
import { waitFor } from "@nexus/testkit/server-process";
import { createClient, startWorld, type TestKernel, type World } from "./harness";
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

const codes = (answers: readonly { readonly body: Record<string, unknown> }[]) =>
  answers.map(({ body }) => body.code ?? "done").sort();

test("a tenant makes as many workspaces as it may, also by requests at once, and is told limit, usage and what to do", async () => {
  const kernel = await world.start({ MAX_WORKSPACES_PER_TENANT: "3" });
  const [client, other] = [createClient(), createClient()];
  const make = (key?: string) => client.call(kernel, "POST", "", { name: "w" }, key);
  const first = await make("first");
  const more = await Promise.all([1, 2, 3, 4, 5].map(() => make()));
  expect(codes(more)).toEqual(["done", "done", "limit_reached", "limit_reached", "limit_reached"]);
  const refused = await client.call(kernel, "POST", `/${String(first.body.id)}/clone`, { name: "c" });
  expect(refused).toMatchObject({
    status: 409,
    body: {
      code: "limit_reached",
      limit: 3,
      usage: 3,
      detail: "A tenant may have 3 workspaces and has 3; delete some, or ask whoever runs the platform for more",
    },
  });
  expect((await make("first")).body).toEqual(first.body);
  expect(await other.create(kernel)).toMatch(/-/);
  await client.call(kernel, "DELETE", `/${String(first.body.id)}`);
  const clones = await Promise.all(
    [1, 2, 3].map(() => client.call(kernel, "POST", `/${String(more[0]?.body.id)}/clone`, { name: "c" })),
  );
  expect(codes(clones)).toEqual(["done", "limit_reached", "limit_reached"]);
});

test("clones, snapshots and restores have a rate, which counts a request before anything of it is read", async () => {
  const kernel = await world.start({ MAX_COPIES_PER_MINUTE: "4" });
  const [client, other] = [createClient(), createClient()];
  const id = await client.create(kernel);
  const copy = (path: string, body: object) => client.call(kernel, "POST", `/${id}/${path}`, body);
  expect((await copy("clone", { name: "c" })).status).toBe(201);
  expect((await copy("snapshots", { name: "s" })).status).toBe(201);
  expect((await copy("restore", { snapshotId: randomUUID() })).status).toBe(404);
  expect((await copy("clone", { name: "" })).status).toBe(400);
  for (const [path, body] of [
    ["clone", { name: "" }],
    ["snapshots", {}],
    ["restore", { snapshotId: 1 }],
  ] as const) {
    const limited = await copy(path, body);
    expect(limited).toMatchObject({ status: 429, body: { code: "rate_limited", limit: 4 } });
    expect(Number(limited.headers["retry-after"])).toBeGreaterThan(0);
  }
  const another = await other.create(kernel);
  expect((await other.call(kernel, "POST", `/${another}/snapshots`, { name: "s" })).status).toBe(201);
});

test("a tenant whose storage is full gets nothing more done until it deletes something; others do", async () => {
  const kernel = await world.start({ MAX_STORAGE_MB_PER_TENANT: "1", TIMEOUT_MS: "10000" });
  const [client, other] = [createClient(), createClient()];
  const [id, spare] = [await client.create(kernel), await client.create(kernel)];
  await client.run(kernel, spare, "1");
  const fill = "let runs = 1; runs";
  const key = "the-last-one";
  const last = await client.run(kernel, id, fill, key);
  expect(last).toMatchObject({ result: 1 });
  // More than the limit, as after a change to a smaller plan.
  await world.postgres.query(`insert into kernel.idempotency_keys (scope, key, request_hash, status, body)
    values ('${id}', 'large', '', 200, repeat('x', 1200000))`);
  const full = await refusal(kernel, () => client.call(kernel, "POST", `/${id}/execute`, { code: "runs += 1" }));
  expect(full).toMatchObject({ status: 409, body: { code: "limit_reached", limit: 1024 * 1024 } });
  expect(full.body.detail).toMatch(
    /^A tenant may store 1 MiB and stores \d+\.\d MiB; delete snapshots or workspaces, or ask whoever runs the platform for more$/,
  );
  expect(Number(full.body.usage)).toBeGreaterThan(1024 * 1024);
  const put = await client.call(kernel, "PUT", `/${id}/handlers/h`, { code: "return 1" });
  const clone = await client.call(kernel, "POST", `/${id}/clone`, { name: "c" });
  const snapshot = await client.call(kernel, "POST", `/${id}/snapshots`, { name: "s" });
  expect(codes([put, clone, snapshot])).toEqual(["limit_reached", "limit_reached", "limit_reached"]);
  expect(await client.run(kernel, id, fill, key)).toEqual(last);
  expect(await other.run(kernel, await other.create(kernel), "1 + 1")).toMatchObject({ result: 2 });
  await client.call(kernel, "DELETE", `/${id}`);
  await expect(retried(() => client.run(kernel, spare, "1 + 1"))).resolves.toMatchObject({ result: 2 });
});

/** What is stored counts within seconds. */
async function refusal(kernel: TestKernel, ask: () => ReturnType<ReturnType<typeof createClient>["call"]>) {
  for (;;) {
    const answer = await ask();
    if (answer.status !== 200) return answer;
    await kernel.holder.heartbeat();
  }
}

async function retried(ask: () => Promise<Record<string, unknown>>) {
  for (;;) {
    const answer = await ask();
    if (answer.code !== "limit_reached") return answer;
  }
}

test("a tenant has so many requests at one time, counted before their bodies are read; others are answered", async () => {
  const kernel = await world.start({ MAX_REQUESTS_PER_TENANT: "3" });
  const [client, other] = [createClient(), createClient()];
  const id = await client.create(kernel);
  const slow = [1, 2, 3].map(() => {
    const headers = {
      authorization: `Bearer ${client.token}`,
      "content-type": "application/json",
      "content-length": 100,
    };
    const asked = request(`${kernel.url}/api/v1/workspaces/${id}/execute`, { method: "POST", headers });
    asked.on("error", () => undefined);
    asked.write("{");
    return asked;
  });
  await waitFor("the requests are counted", async () => {
    const refused = await client.call(kernel, "POST", `/${id}/execute`, { code: 1 });
    expect(refused).toMatchObject({ status: 429, body: { code: "rate_limited", limit: 3, usage: 3 } });
  });
  expect(await other.run(kernel, await other.create(kernel), "1 + 1")).toMatchObject({ result: 2 });
  for (const asked of slow) asked.destroy();
  await waitFor("the requests have ended", async () => {
    expect(await client.run(kernel, id, "1 + 1")).toMatchObject({ result: 2 });
  });
});

test("lists have pages, whose cursor and size are checked", async () => {
  const kernel = await world.start();
  const client = createClient();
  const ids = [await client.create(kernel), await client.create(kernel), await client.create(kernel)].reverse();
  const list = async (query: string) => (await client.call(kernel, "GET", query)).body;
  const first = (await list("?limit=2")) as { items: { id: string }[]; next: string };
  expect(first.items.map(({ id }) => id)).toEqual(ids.slice(0, 2));
  const rest = (await list(`?limit=2&after=${first.next}`)) as { items: { id: string }[]; next: null };
  expect(rest).toMatchObject({ items: [{ id: ids[2] }], next: null });
  expect(await list("")).toMatchObject({ items: ids.map((id) => ({ id })), next: null });
  for (const query of ["?limit=0", "?limit=501", "?limit=x", "?limit=1.5", "?after=x", "?after=1.2", "?after='"])
    expect(await list(query)).toMatchObject({ code: "validation_failed" });
  expect(await list(`/${String(ids[0])}/snapshots?limit=1`)).toEqual({ items: [], next: null });
  expect(await list(`/${String(ids[0])}/handlers?limit=1&after=a`)).toEqual({ items: [], next: null });
});

test("MAX_SOCKETS_PER_TENANT: one tenant's sockets leave room for those of others", async () => {
  const kernel = await world.start({ MAX_SOCKETS: "5", MAX_SOCKETS_PER_TENANT: "2" });
  const [client, other] = [createClient(), createClient()];
  const [first] = [await connect(kernel, client.token), await connect(kernel, client.token)];
  const refused = await kernel.app.inject({ url: "/health" });
  expect(refused.statusCode).toBe(200);
  await expect(connect(kernel, client.token)).rejects.toThrow("409");
  const theirs = await connect(kernel, other.token);
  theirs.send({ type: "ping" });
  await theirs.next("pong");
  first.close();
  await first.closed;
  await waitFor("there is room for a socket", () => connect(kernel, client.token));
});
