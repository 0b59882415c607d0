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

const budgetOf = (reservationMs = 60_000) =>
  new Budget({ redis, limit: 100, localLimit: 10, reservationMs, now: () => now });

test("a day ends at midnight UTC; what began before is settled on its own day", async () => {
  const [budget, tenant] = [budgetOf(), randomUUID()];
  const reservation = await budget.reserve(tenant, 100);
  await expect(budget.reserve(tenant, 1)).rejects.toMatchObject({
    code: "budget_exhausted",
    details: { retryAfterSeconds: 1, extensions: { resetsAt: "2030-05-02T00:00:00.000Z" } },
  });
  now += 2000;
  expect(await budget.read(tenant)).toMatchObject({ usedTokens: 0, reservedTokens: 0, remainingTokens: 100 });
  await budget.settle(reservation, 30);
  expect(await budget.read(tenant)).toMatchObject({ usedTokens: 0, resetsAt: "2030-05-03T00:00:00.000Z" });
  expect(await redis.hget(`nexus:ai:budget:{${tenant}}:2030-05-01`, "used")).toBe("30");
});

test("the reservation of a pod that died is dropped after its time; a late settlement still counts", async () => {
  const [budget, tenant] = [budgetOf(20), randomUUID()];
  const reservation = await budget.reserve(tenant, 100);
  await waitFor("the reservation has expired", async () => {
    expect(await budget.read(tenant)).toMatchObject({ reservedTokens: 0, remainingTokens: 100 });
  });
  await budget.settle(reservation, 40);
  expect(await budget.read(tenant)).toMatchObject({ usedTokens: 40 });
});

test("keys of past days leave Redis by themselves", async () => {
  const [budget, tenant] = [budgetOf(), randomUUID()];
  await budget.settle(await budget.reserve(tenant, 10), 10);
  const keys = await redis.keys(`nexus:ai:budget:{${tenant}}:*`);
  expect(keys).toHaveLength(1);
  const seconds = await redis.ttl(keys[0] ?? "");
  expect(seconds).toBeGreaterThan(86_400);
  expect(seconds).toBeLessThanOrEqual(2 * 86_400);
});
