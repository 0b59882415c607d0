import { Redis } from "ioredis";
import type { NexusOs } from "../src/nexus-os";
import { Harness, newTenant, type Tenant, user } from "./harness";

let harness: Harness;
let service: NexusOs;
let redis: Redis;

const request = { ...user("What is 1 + 1?"), temperature: 0 };

beforeAll(async () => {
  harness = await Harness.start();
  service = await harness.service();
  const { REDIS_HOST: host, REDIS_PORT: port, REDIS_PASSWORD: password } = harness.redis.settings;
  redis = new Redis({ host, port, password });
});

afterAll(async () => {
  redis?.disconnect();
  await harness?.stop();
});

beforeEach(() => harness.upstream.play({}));

async function twice(first: object, second: object = first, other?: Tenant, on = service) {
  const tenant = newTenant();
  await harness.post(on, tenant, first);
  const { body } = await harness.post(on, other ?? tenant, second);
  return { tenant, body, cached: body.cached, attempts: harness.upstream.requests.length };
}

test("the same question at temperature 0 is answered from the cache and costs nothing", async () => {
  const { tenant, body, attempts } = await twice(request);
  expect(attempts).toBe(1);
  expect(body).toMatchObject({
    text: "Hello world",
    finishReason: "stop",
    cached: true,
    usage: { inputTokens: 0, outputTokens: 0, totalTokens: 0, estimated: false },
  });
  expect(await harness.usage(service, tenant)).toMatchObject({ usedTokens: 18, reservedTokens: 0 });
  const { events } = await harness.post(service, tenant, { ...request, stream: true });
  expect(events).toMatchObject([
    { event: "delta", data: { text: "Hello world" } },
    { event: "done", data: { cached: true, finishReason: "stop" } },
  ]);
});

test("a streamed answer is stored too", async () => {
  expect(await twice({ ...request, stream: true }, request)).toMatchObject({ cached: true, attempts: 1 });
});

test("another tenant never gets it", async () => {
  expect(await twice(request, request, newTenant())).toMatchObject({ cached: false, attempts: 2 });
});

test.each([[user("What is 1 + 1?")], [{ ...request, temperature: 0.1 }], [{ ...request, cache: false }]])(
  "not stored: %j",
  async (payload) => {
    expect(await twice(payload)).toMatchObject({ cached: false, attempts: 2 });
  },
);

test("stored at any temperature when the caller says so", async () => {
  expect(await twice({ ...request, temperature: 1, cache: true })).toMatchObject({ cached: true, attempts: 1 });
});

test.each([
  [user("What is 1 + 2?")],
  [{ model: "gpt-two" }],
  [{ provider: "anthropic" }],
  [{ maxTokens: 7 }],
  [{ topP: 0.5 }],
  [{ stop: ["x"] }],
  [{ messages: [{ role: "assistant", content: "What is 1 + 1?" }] }],
])("a request that differs in %j is another one", async (difference) => {
  expect(await twice(request, { ...request, ...difference })).toMatchObject({ cached: false, attempts: 2 });
});

test.each([
  ["a cut answer", { then: "reset" as const }],
  ["a refusal", { finish: "content_filter" }],
])("%s is not stored", async (_name, script) => {
  harness.upstream.play(script, {});
  expect(await twice(request)).toMatchObject({ cached: false, attempts: 2 });
});

test("entries expire after the configured time, their keys reveal nothing, and a damaged one is requested again", async () => {
  await redis.flushall();
  const { tenant } = await twice(request);
  const keys = await redis.keys("nexus:ai:cache:*");
  expect(keys).toEqual([expect.stringMatching(/^nexus:ai:cache:[\w-]{43}$/)]);
  const seconds = await redis.ttl(keys[0] ?? "");
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(3600);
  await redis.set(keys[0] ?? "", "{}");
  expect((await harness.post(service, tenant, request)).body).toMatchObject({ cached: false, text: "Hello world" });
});

test("0 seconds turn the cache off", async () => {
  const off = await harness.service({ AI_CACHE_SECONDS: "0" });
  expect(await twice({ ...request, cache: true }, undefined, undefined, off)).toMatchObject({ cached: false });
});

test("without Redis, nothing is cached and everything is answered", async () => {
  await redis.flushall();
  await harness.redis.halt();
  await harness.redisUp(service, 0);
  expect(await twice(request)).toMatchObject({ cached: false, attempts: 2 });
  await harness.redis.resume();
  await harness.redisUp(service, 1);
  expect(await twice(request)).toMatchObject({ cached: true });
});
