import { join } from "node:path";
import { type FakeUpstream, startFakeUpstream } from "@nexus/testkit/fake-upstream";
import { buildBundle } from "@nexus/testkit/bundle";
import { startRedis, type TestRedis } from "@nexus/testkit/redis";
import { remove, waitFor } from "@nexus/testkit/server-process";
import { createClient, startKernel, type TestKernel } from "./harness";

let bundle: string;
let upstream: FakeUpstream;
let redis: TestRedis;
const running: TestKernel[] = [];

beforeAll(async () => {
  [bundle, upstream, redis] = await Promise.all([buildBundle("workspace-kernel"), startFakeUpstream(), startRedis()]);
}, 60_000);
beforeEach(() => upstream.play({}));
afterEach(async () => {
  await Promise.all(running.splice(0).map((kernel) => kernel.end()));
});
afterAll(async () => {
  await Promise.all([upstream?.stop(), redis?.stop()]);
  await remove(bundle);
});

/** A kernel without a database, which the AI does not need. */
async function start(overrides: Record<string, string> = {}): Promise<TestKernel> {
  const { REDIS_HOST, REDIS_PORT, REDIS_PASSWORD } = redis.settings;
  const cache = { REDIS_HOST, REDIS_PORT: String(REDIS_PORT), REDIS_PASSWORD, CACHE_DIR: join(bundle, "cache") };
  const keys = { OPENAI_API_KEY: "sk-openai-marker", ANTHROPIC_API_KEY: "sk-anthropic-marker" };
  const kernel = await startKernel(bundle, {}, { ...cache, ...keys, ...upstream.settings, ...overrides });
  running.push(kernel);
  return kernel;
}

async function startWithAi(overrides: Record<string, string> = {}): Promise<TestKernel> {
  const kernel = await start({ AI_ENABLED: "true", ...overrides });
  await waitFor("redis is there", async () => {
    expect((await kernel.app.inject("/health")).json()).toMatchObject({ ai: "library", runtime: { redisUp: 1 } });
  });
  return kernel;
}

const chat = { messages: [{ role: "user", content: "Hi, secret-prompt" }] };

test.each(["openai", "anthropic"])(
  "A54: the kernel itself answers chat over the wire format of %s",
  async (provider) => {
    const kernel = await startWithAi();
    const { status, body } = await createClient().request(kernel, "POST", "/ai/v1/chat", { ...chat, provider });
    expect({ status, body }).toMatchObject({ status: 200, body: { provider, text: "Hello world", cached: false } });
    expect(upstream.requests.map(({ wire }) => wire)).toEqual([provider]);
    expect(kernel.text()).not.toMatch(/secret-prompt|marker/);
    expect((await kernel.app.inject("/metrics")).body).toContain(`nexus_ai_answers_total{provider="${provider}"`);
  },
);

test("A54: an answer of the kernel streams, and counts in the tenant's budget of all pods", async () => {
  const [one, other] = [await startWithAi(), await startWithAi()];
  const client = createClient();
  const headers = { authorization: `Bearer ${client.token}` };
  const payload = { ...chat, stream: true };
  const { body } = await one.app.inject({ method: "POST", url: "/ai/v1/chat", payload, headers });
  expect(body.match(/^event: \w+/gm)).toEqual(["event: delta", "event: delta", "event: done"]);
  expect((await client.request(other, "GET", "/ai/v1/usage")).body).toMatchObject({ usedTokens: 18, source: "shared" });
  expect((await createClient().request(other, "GET", "/ai/v1/usage")).body).toMatchObject({ usedTokens: 0 });
});

test("A54: the AI library takes no request without a token, and the kernel's other routes stay", async () => {
  const kernel = await startWithAi();
  expect((await kernel.app.inject({ method: "POST", url: "/ai/v1/chat", payload: chat })).statusCode).toBe(401);
  const client = createClient();
  expect(await client.run(kernel, await client.create(kernel), "6 * 7")).toMatchObject({ result: 42 });
});

test("A54 D31: a kernel that drains lets an answer end and takes no further one", async () => {
  const kernel = await startWithAi();
  let release: () => void = () => undefined;
  upstream.play({ hold: new Promise<void>((resolve) => (release = resolve)) });
  const client = createClient();
  const answer = client.request(kernel, "POST", "/ai/v1/chat", chat);
  await waitFor("the provider was asked", async () => expect(upstream.requests).toHaveLength(1));
  const drained = kernel.ai?.drain(10_000);
  expect(await client.request(kernel, "POST", "/ai/v1/chat", chat)).toMatchObject({
    status: 503,
    body: { code: "shutting_down" },
  });
  release();
  expect((await answer).body).toMatchObject({ text: "Hello world" });
  await drained;
});

test("without AI_ENABLED the kernel has no AI and asks for no cache", async () => {
  const kernel = await start({ REDIS_PORT: "1" });
  expect((await createClient().request(kernel, "POST", "/ai/v1/chat", chat)).status).toBe(404);
  expect((await kernel.app.inject("/health")).json()).not.toHaveProperty("ai");
  expect(kernel.text()).not.toContain("redis");
});
