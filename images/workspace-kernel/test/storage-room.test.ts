import { randomUUID } from "node:crypto";
import { createDatabase, createPool, ServiceError } from "@nexus/service";
import { captureLog } from "@nexus/testkit/log-capture";
import { waitFor } from "@nexus/testkit/server-process";
import { Client } from "pg";
import type { KernelTables } from "../src/store/tables";
import { grantOf, type StorageRequest, UsageStore } from "../src/store/usage-store";
import { StorageRoom } from "../src/workspaces/storage-room";
import { createClient, startWorld, type World } from "./harness";

const MIB = 1024 * 1024;
let world: World;

beforeAll(async () => {
  world = await startWorld();
}, 60_000);
afterEach(async () => {
  jest.restoreAllMocks();
  await world.endAll();
});
afterAll(() => world?.stop());

const tick = () => new Promise((resolve) => setImmediate(resolve));
const random = (count: number) => `Array.from({ length: ${count} }, () => Math.random())`;

test("an execution whose changes do not fit in is undone and says so; smaller ones go on, and others are not touched", async () => {
  const kernel = await world.start({ MAX_STORAGE_MB_PER_TENANT: "1", TIMEOUT_MS: "10000" });
  const [client, other] = [createClient(), createClient()];
  const id = await client.create(kernel);
  await client.run(kernel, id, "let kept = 1; kept");
  const { status, body } = await client.call(kernel, "POST", `/${id}/execute`, {
    code: `kept = ${random(300_000)}; 1`,
  });
  expect({ status, code: body.code, limit: body.limit }).toEqual({ status: 409, code: "limit_reached", limit: MIB });
  expect(body.detail).toMatch(
    /^A tenant may store 1 MiB and stores 0\.\d MiB, .* takes \d\.\d MiB, so it was undone; delete/,
  );
  expect(await client.run(kernel, id, "kept += 1")).toMatchObject({ result: 2 });
  expect(Number((await client.request(kernel, "GET", "/api/v1/usage")).body.storageBytes)).toBeLessThanOrEqual(MIB);
  const theirs = await other.create(kernel);
  expect(await other.run(kernel, theirs, "1 + 1")).toMatchObject({ result: 2 });
});

test("a snapshot that makes a workspace larger is not restored without room; one that makes it smaller is", async () => {
  const kernel = await world.start({ MAX_STORAGE_MB_PER_TENANT: "8", TIMEOUT_MS: "10000" });
  const client = createClient();
  const id = await client.create(kernel);
  await client.run(kernel, id, "let kept = 1; kept");
  const snapshot = (name: string) =>
    waitFor("what was written is no longer reserved", async () => {
      const { status, body } = await client.call(kernel, "POST", `/${id}/snapshots`, { name });
      expect(status).toBe(201);
      return String(body.id);
    });
  const small = await snapshot("small");
  expect(await client.run(kernel, id, `kept = ${random(150_000)}; 1`)).toMatchObject({ result: 1 });
  const large = await snapshot("large");
  const restore = (snapshotId: string) => client.call(kernel, "POST", `/${id}/restore`, { snapshotId });
  expect((await restore(small)).status).toBe(200);
  await world.postgres.query(`insert into kernel.idempotency_keys (scope, key, request_hash, status, body)
    values ('${client.tenantId}', 'large', '', 200, repeat('x', 3000000))`);
  expect(await restore(large)).toMatchObject({ status: 409, body: { code: "limit_reached", limit: 8 * MIB } });
  expect(await client.run(kernel, id, "kept")).toMatchObject({ result: 1 });
  await world.postgres.query(`update kernel.idempotency_keys set body = repeat('x', 9000000) where key = 'large'`);
  expect((await restore(small)).status).toBe(200);
});

test("an execution sends the database nothing but its commit while there is room", async () => {
  const kernel = await world.start();
  const client = createClient();
  const id = await client.create(kernel);
  await client.run(kernel, id, "let runs = 0; runs");
  const sent: string[] = [];
  const query = Client.prototype.query as (...values: unknown[]) => unknown;
  jest.spyOn(Client.prototype, "query").mockImplementation(function (this: Client, ...values: unknown[]) {
    const [first] = values as [{ readonly name?: string; readonly text?: string }];
    if (JSON.stringify(values).includes(id) || first.text?.includes("storage"))
      sent.push(first.name ?? String(first.text));
    return query.apply(this, values) as never;
  } as never);
  for (let run = 1; run <= 5; run += 1)
    expect(await client.run(kernel, id, "runs += 1")).toMatchObject({ result: run });
  expect(sent).toEqual(Array<string>(5).fill("kernel_commit"));
});

test("pods reserve room of a tenant in the database, together never more than there is; a killed one gives back", async () => {
  const { log } = captureLog("kernel");
  const pool = createPool(world.postgres.settings, log);
  const podOf = (name: string) => new UsageStore(createDatabase<KernelTables>(pool), { streamBytes: MIB }, name);
  const [a, b, c] = [podOf("a"), podOf("b"), podOf("c")];
  const ask = { tenantId: randomUUID(), limit: 10 * MIB, pending: 0 };
  const answers = await Promise.all([a, b, c].map((pod) => pod.reserve({ ...ask, needed: 4 * MIB })));
  expect(answers.map(({ granted }) => granted / MIB).sort()).toEqual([2, 4, 4]);
  expect(await a.reserved(ask.tenantId)).toBe(10 * MIB);
  expect(await a.reserved(randomUUID())).toBe(0);
  // What is being written stays reserved, and the rest is given back.
  expect(await a.reserve({ ...ask, pending: MIB, needed: 0 })).toMatchObject({ stored: 0 });
  const left = await a.reserved(ask.tenantId);
  expect(left).toBeLessThan(9.5 * MIB);
  await world.postgres.query("update kernel.storage_reservations set expires_at = now() where pod <> 'c'");
  const { granted, reserved } = await c.reserve({ ...ask, needed: 20 * MIB });
  expect({ granted, reserved }).toEqual({ granted: 10 * MIB, reserved: 0 });
  await pool.end();
});

describe("a pod's room of a tenant", () => {
  const tenantId = randomUUID();
  const room = { limit: 320 * MIB };
  let stored: number;
  let asked: StorageRequest[];
  let open: (() => void)[];
  let clock: number;
  let storage: StorageRoom;

  beforeEach(() => {
    // What another test's room settles later is not of this one.
    const [requests, answers]: [StorageRequest[], (() => void)[]] = [[], []];
    [stored, asked, open, clock] = [0, requests, answers, 1000];
    jest.spyOn(performance, "now").mockImplementation(() => clock);
    storage = new StorageRoom({
      usage: {
        reserve: async (request) => {
          requests.push(request);
          const answer = grantOf(request, stored);
          await new Promise<void>((resolve) => answers.push(resolve));
          return answer;
        },
      },
      refusal: () => new ServiceError("limit_reached"),
    });
  });
  const answer = async () => {
    await tick();
    for (const resolve of open.splice(0)) resolve();
    await tick();
  };

  test("is asked for once by requests at once, and not again while it lasts", async () => {
    const looks = [1, 2, 3].map(() => storage.look(tenantId, room));
    await answer();
    expect(await Promise.all(looks)).toEqual([0, 0, 0]);
    for (let write = 0; write < 10; write += 1) (await storage.take(tenantId, room, MIB))();
    expect(asked).toHaveLength(1);
  });

  test("is asked for again when a write needs more, once for all that wait; who does not fit in is refused", async () => {
    const takes = [160, 120, 80].map((mib) => storage.take(tenantId, room, mib * MIB));
    const results = Promise.allSettled(takes);
    for (let round = 0; round < 3; round += 1) await answer();
    expect((await results).map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
    expect(asked.map(({ needed }) => needed)).toEqual([360 * MIB]);
  });

  test("counts what is being written while it asks, and what was taken meanwhile", async () => {
    const first = storage.take(tenantId, room, 2 * MIB);
    await answer();
    const done = await first;
    clock += 6000;
    await storage.look(tenantId, room);
    await tick();
    expect(asked.at(-1)).toMatchObject({ pending: 2 * MIB, needed: MIB });
    await storage.take(tenantId, room, MIB / 2);
    await answer();
    // Free are 318 MiB, of which it got a 32nd; half a MiB is gone, so a 32nd of all is not there.
    const more = storage.take(tenantId, room, 318 * (MIB / 32));
    await tick();
    expect(asked).toHaveLength(3);
    expect(asked.at(-1)).toMatchObject({ pending: 2.5 * MIB });
    await answer();
    await more;
    done();
  });

  test("gives back what was written, soon after it was", async () => {
    const take = storage.take(tenantId, room, 20 * MIB);
    await answer();
    (await take)();
    stored = 20 * MIB;
    await waitFor("it is settled", async () => expect(asked).toHaveLength(2));
    expect(asked.at(-1)).toMatchObject({ pending: 0, needed: 0 });
    await answer();
  });

  test("does not count longer than half of the time for which the database keeps it", async () => {
    const look = storage.look(tenantId, room);
    await answer();
    await look;
    clock += 31_000;
    const take = storage.take(tenantId, room, 1);
    await answer();
    await take;
    expect(asked).toHaveLength(2);
  });

  test("a database that is away refuses what waits, and is asked again by the next write", async () => {
    const broken = new StorageRoom({
      usage: { reserve: () => Promise.reject(new Error("away")) },
      refusal: () => new ServiceError("limit_reached"),
    });
    for (let attempt = 0; attempt < 2; attempt += 1)
      await expect(broken.take(tenantId, room, 1)).rejects.toThrow("away");
  });
});
