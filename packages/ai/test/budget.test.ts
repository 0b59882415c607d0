import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { startRedis, type TestRedis } from "@nexus/testkit/redis";
import { waitFor } from "@nexus/testkit/server-process";
import { Budget } from "../src/budget";

let server: TestRedis;
let redis: Redis;
let now = Date.parse("2030-05-01T23:59:59Z");

beforeAll(async () => {
  server = await startRedis();
  const { REDIS_HOST: host, REDIS_PORT: port, REDIS_PASSWORD: password } = server.settings;
  redis = new Redis({ host, port, password });
});

afterAll(async () => {
  redis?.disconnect();
  await server?.stop();
});

/** Tokens of a day. */
const LIMIT = 100;
const budgetOf = (reservationMs = 60_000) =>
  new Budget({ redis, ledger: undefined, localPercent: 10, reservationMs, now: () => now });

test("a day ends at midnight UTC; what began before is settled on its own day", async () => {
  const [budget, tenant] = [budgetOf(), randomUUID()];
  const reservation = await budget.reserve(tenant, 100, { limit: LIMIT });
  await expect(budget.reserve(tenant, 1, { limit: LIMIT })).rejects.toMatchObject({
    code: "budget_exhausted",
    details: { retryAfterSeconds: 1, extensions: { resetsAt: "2030-05-02T00:00:00.000Z" } },
  });
  now += 2000;
  expect(await budget.read(tenant, LIMIT)).toMatchObject({ usedTokens: 0, reservedTokens: 0, remainingTokens: 100 });
  await budget.settle(reservation, 30);
  expect(await budget.read(tenant, LIMIT)).toMatchObject({ usedTokens: 0, resetsAt: "2030-05-03T00:00:00.000Z" });
  expect(await redis.hget(`nexus:ai:budget:{${tenant}}:2030-05-01`, "used")).toBe("30");
});

test("the reservation of a pod that died is dropped after its time; a late settlement still counts", async () => {
  const [budget, tenant] = [budgetOf(20), randomUUID()];
  const reservation = await budget.reserve(tenant, 100, { limit: LIMIT });
  await waitFor("the reservation has expired", async () => {
    expect(await budget.read(tenant, LIMIT)).toMatchObject({ reservedTokens: 0, remainingTokens: 100 });
  });
  await budget.settle(reservation, 40);
  expect(await budget.read(tenant, LIMIT)).toMatchObject({ usedTokens: 40 });
});

test("keys of past days leave Redis by themselves", async () => {
  const [budget, tenant] = [budgetOf(), randomUUID()];
  await budget.settle(await budget.reserve(tenant, 10, { limit: LIMIT }), 10);
  const keys = await redis.keys(`nexus:ai:budget:{${tenant}}:*`);
  expect(keys).toHaveLength(1);
  const seconds = await redis.ttl(keys[0] ?? "");
  expect(seconds).toBeGreaterThan(86_400);
  expect(seconds).toBeLessThanOrEqual(2 * 86_400);
});

test("A56b: a tenant with a smaller plan keeps what it used and gets nothing more; a larger one goes on", async () => {
  const [budget, tenant] = [budgetOf(), randomUUID()];
  await budget.settle(await budget.reserve(tenant, 60, { limit: LIMIT }), 60);
  await expect(budget.reserve(tenant, 1, { limit: 50, plan: "free" })).rejects.toMatchObject({
    code: "budget_exhausted",
    details: {
      detail: expect.stringMatching(/^[^;]+; 0 of 50 are left for today; wait until \S+ or change to a larger plan$/),
      extensions: { plan: "free", limitTokens: 50, usedTokens: 60, remainingTokens: 0 },
    },
  });
  await budget.reserve(tenant, 40, { limit: LIMIT });
  await expect(budget.reserve(tenant, 1, { limit: LIMIT })).rejects.toMatchObject({ code: "budget_exhausted" });
  await expect(budget.reserve(tenant, 10, { limit: 200 })).resolves.toMatchObject({ tokens: 10 });
});

test("A56b: of 200 answers at once on three pods no more are reserved than the plan allows", async () => {
  const tenant = randomUUID();
  const { REDIS_HOST: host, REDIS_PORT: port, REDIS_PASSWORD: password } = server.settings;
  const connections = [0, 1, 2].map(() => new Redis({ host, port, password }));
  const pods = connections.map(
    (one) => new Budget({ ledger: undefined, redis: one, localPercent: 10, reservationMs: 60_000 }),
  );
  const answers = Array.from({ length: 200 }, async (_, index) => {
    const pod = pods[index % 3] ?? budgetOf();
    const reservation = await pod.reserve(tenant, 10, { limit: 500 });
    await pod.settle(reservation, 10);
  });
  const results = await Promise.allSettled(answers);
  expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(50);
  expect(await pods[0]?.read(tenant, 500)).toMatchObject({ usedTokens: 500, reservedTokens: 0 });
  for (const one of connections) one.disconnect();
});
