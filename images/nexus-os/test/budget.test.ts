import { waitFor } from "@nexus/testkit/server-process";
import type { NexusOs } from "../src/nexus-os";
import { Harness, newTenant, user } from "./harness";

let harness: Harness;
let service: NexusOs;

/** "Hi" counts 5, so one request reserves 45; the provider then says 18. */
const request = { ...user("Hi"), maxTokens: 40 };
const settings = { AI_BUDGET_TOKENS_PER_DAY: "100", AI_BUDGET_PERCENT_WITHOUT_REDIS: "50" };

beforeAll(async () => {
  harness = await Harness.start();
  service = await harness.service(settings);
});

afterAll(async () => await harness?.stop());

beforeEach(() => harness.upstream.play({}));

function nextMidnight(): string {
  const day = 86_400_000;
  return new Date((Math.floor(Date.now() / day) + 1) * day).toISOString();
}

test("a tenant's tokens are counted as the provider reports them, and for this tenant only", async () => {
  const tenant = newTenant();
  for (let count = 0; count < 2; count += 1) expect((await harness.post(service, tenant, request)).status).toBe(200);
  expect(await harness.usage(service, tenant)).toEqual({
    limitTokens: 100,
    usedTokens: 36,
    reservedTokens: 0,
    remainingTokens: 64,
    resetsAt: nextMidnight(),
    source: "shared",
  });
  expect(await harness.usage(service, newTenant())).toMatchObject({ usedTokens: 0, remainingTokens: 100 });
});

test("an exhausted budget: 429 with code, reset time and Retry-After, and no provider is asked", async () => {
  const tenant = newTenant();
  for (let count = 0; count < 4; count += 1) expect((await harness.post(service, tenant, request)).status).toBe(200);
  const asked = harness.upstream.requests.length;
  for (const stream of [false, true]) {
    const refused = await harness.post(service, tenant, { ...request, stream });
    expect(refused).toMatchObject({
      status: 429,
      body: {
        code: "budget_exhausted",
        limitTokens: 100,
        usedTokens: 72,
        remainingTokens: 28,
        neededTokens: 45,
        resetsAt: nextMidnight(),
        detail: `The request may need 45 tokens; 28 of 100 are left for today; ask for a shorter answer (maxTokens) or wait until ${nextMidnight()}`,
      },
    });
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
  }
  expect(harness.upstream.requests).toHaveLength(asked);
  expect((await harness.post(service, tenant, { ...request, maxTokens: 20 })).status).toBe(200);
});

test("concurrent requests on two pods never get more than the budget", async () => {
  const other = await harness.service(settings);
  const tenant = newTenant();
  harness.upstream.play({ usage: { input: 5, output: 40 } });
  const posts = Array.from({ length: 8 }, (_, index) => harness.post(index % 2 ? service : other, tenant, request));
  const statuses = (await Promise.all(posts)).map(({ status }) => status).sort();
  expect(statuses).toEqual([200, 200, 429, 429, 429, 429, 429, 429]);
  expect(await harness.usage(other, tenant)).toMatchObject({ usedTokens: 90, reservedTokens: 0 });
});

test("what is being written holds its reservation until it is settled", async () => {
  const tenant = newTenant();
  let release: () => void = () => undefined;
  harness.upstream.play({ hold: new Promise<void>((resolve) => (release = resolve)) });
  const posts = [harness.post(service, tenant, request), harness.post(service, tenant, request)];
  await waitFor("both are being written", async () => expect(harness.upstream.requests).toHaveLength(2));
  const refused = await harness.post(service, tenant, request);
  expect(refused).toMatchObject({ status: 429, body: { reservedTokens: 90, remainingTokens: 10 } });
  release();
  expect((await Promise.all(posts)).map(({ status }) => status)).toEqual([200, 200]);
  expect(await harness.usage(service, tenant)).toMatchObject({ usedTokens: 36, reservedTokens: 0 });
});

test("a provider's failure costs nothing", async () => {
  const tenant = newTenant();
  harness.upstream.play({ status: 500 });
  expect((await harness.post(service, tenant, request)).status).toBe(502);
  expect(await harness.usage(service, tenant)).toMatchObject({ usedTokens: 0, reservedTokens: 0 });
});

test("tokens of aborted attempts are charged together with those of the successful one", async () => {
  const tenant = newTenant();
  harness.upstream.play({ texts: [], then: "reset" }, {});
  expect((await harness.post(service, tenant, request)).body.usage).toEqual({
    inputTokens: 5 + 11,
    outputTokens: 7,
    totalTokens: 23,
    estimated: true,
  });
  expect(await harness.usage(service, tenant)).toMatchObject({ usedTokens: 23 });
});

test("without Redis, answers continue within a share of the budget, which is charged when Redis is back", async () => {
  const tenant = newTenant();
  await harness.redis.halt();
  await harness.redisUp(service, 0);
  expect((await harness.post(service, tenant, { ...request, temperature: 0 })).status).toBe(200);
  expect(await harness.post(service, tenant, request)).toMatchObject({
    status: 429,
    body: { code: "budget_exhausted", limitTokens: 50, usedTokens: 18, source: "local" },
  });
  expect(await harness.usage(service, tenant)).toMatchObject({ source: "local", limitTokens: 50, usedTokens: 18 });
  expect((await service.app.inject("/ready")).statusCode).toBe(200);
  await harness.redis.resume();
  await harness.redisUp(service, 1);
  for (let count = 0; count < 2; count += 1) {
    expect(await harness.usage(service, tenant)).toMatchObject({ source: "shared", limitTokens: 100, usedTokens: 18 });
  }
  expect((await harness.post(service, tenant, request)).status).toBe(200);
  expect(await harness.usage(service, tenant)).toMatchObject({ usedTokens: 36 });
});

test("Redis is lost while an answer is written: its tokens are charged afterwards", async () => {
  const tenant = newTenant();
  let release: () => void = () => undefined;
  harness.upstream.play({ hold: new Promise<void>((resolve) => (release = resolve)) });
  const post = harness.post(service, tenant, { ...request, stream: true });
  await waitFor("it is being written", async () => expect(harness.upstream.requests).toHaveLength(1));
  expect(await harness.usage(service, tenant)).toMatchObject({ reservedTokens: 45 });
  await harness.redis.halt();
  await harness.redisUp(service, 0);
  release();
  expect((await post).events.at(-1)).toMatchObject({ event: "done", data: { usage: { totalTokens: 18 } } });
  await harness.redis.resume();
  await harness.redisUp(service, 1);
  expect(await harness.usage(service, tenant)).toMatchObject({ source: "shared", usedTokens: 18 });
});
