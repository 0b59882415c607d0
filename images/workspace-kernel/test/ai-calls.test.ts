import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { buildBundle } from "@nexus/testkit/bundle";
import { type FakeUpstream, startFakeUpstream } from "@nexus/testkit/fake-upstream";
import { startRedis, type TestRedis } from "@nexus/testkit/redis";
import { remove, waitFor } from "@nexus/testkit/server-process";
import { createClient, KEY, startWorld, type TestKernel, type World } from "./harness";
import { createSocketClients } from "./socket-client";

/** Enough for a few short answers: each request reserves what it may need. */
const BUDGET = 300;

let nexusOs: string;
let child: ChildProcess;
let url: string;
let upstream: FakeUpstream;
let redis: TestRedis;
let world: World;
let kernel: TestKernel;
const sockets = createSocketClients();

beforeAll(async () => {
  [nexusOs, upstream, redis, world] = await Promise.all([
    buildBundle("nexus-os"),
    startFakeUpstream(),
    startRedis(),
    startWorld(),
  ]);
  const { REDIS_HOST, REDIS_PORT, REDIS_PASSWORD } = redis.settings;
  const env = {
    ...{ HTTP_HOST: "127.0.0.1", HTTP_PORT: "0", JWT_SECRET_KEY: KEY, OPENAI_API_KEY: "sk-marker" },
    ...{ REDIS_HOST, REDIS_PORT: String(REDIS_PORT), REDIS_PASSWORD, AI_BUDGET_TOKENS_PER_DAY: String(BUDGET) },
    ...upstream.settings,
  };
  child = spawn(process.execPath, [join(nexusOs, "server.js")], { cwd: nexusOs, env });
  let said = "";
  child.stdout?.on("data", (chunk: Buffer) => (said += chunk.toString()));
  await waitFor("nexus-os listens and has its cache", async () => {
    url = `http://127.0.0.1:${/listening on port (\d+)/.exec(said)?.[1]}`;
    expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ runtime: { redisUp: 1 } });
  });
  kernel = await world.start({ AI_URL: url });
}, 120_000);

beforeEach(() => {
  upstream.play({});
  upstream.requests.length = 0;
});

afterEach(() => sockets.closeAll());

afterAll(async () => {
  child?.kill("SIGKILL");
  await world?.stop();
  await Promise.all([upstream?.stop(), redis?.stop()]);
  if (nexusOs) await remove(nexusOs);
});

const short = "maxTokens: 20";

test("B5: a cell asks the AI service, which asks the provider and counts for the tenant", async () => {
  const client = createClient();
  const id = await client.create(kernel);
  const code = `const { text, provider, finishReason, cached, usage } =
    await ai.chat({ messages: [{ role: "system", content: "Be brief" }, { role: "user", content: "Hi" }], ${short} });
    [text, provider, finishReason, cached, usage.totalTokens]`;
  expect(await client.run(kernel, id, code)).toMatchObject({ result: ["Hello world", "openai", "stop", false, 18] });
  expect(upstream.requests[0]?.body).toMatchObject({
    messages: [
      { role: "system", content: "Be brief" },
      { role: "user", content: "Hi" },
    ],
  });
  const completed = `(await ai.complete({ prompt: "Once", system: "Rhyme", ${short} })).text`;
  expect(await client.run(kernel, id, completed)).toMatchObject({ result: "Hello world" });
  const usage = await fetch(`${url}/ai/v1/usage`, { headers: { authorization: `Bearer ${client.token}` } });
  expect(await usage.json()).toMatchObject({ limitTokens: BUDGET, usedTokens: 36 });
});

test("B5: the budget of the tenant stops its code, and not that of others", async () => {
  const [spender, other] = [createClient(), createClient()];
  const id = await spender.create(kernel);
  const code = `let asked = 0; let why; try { for (; asked < 30; asked += 1) await ai.complete({ prompt: "Hi", maxTokens: 100 }) } catch (error) { why = error } [asked, why.name, why.code, why.message]`;
  const { result } = await spender.run(kernel, id, code);
  expect(result).toEqual([
    upstream.requests.length,
    "AiError",
    "budget_exhausted",
    expect.stringMatching(/^The request may need \d+ tokens; \d+ of 300 are left for today; .*wait until \d{4}-/),
  ]);
  expect(upstream.requests.length).toBeLessThan(30);
  const free = `(await ai.complete({ prompt: "Hi", ${short} })).text`;
  expect(await other.run(kernel, await other.create(kernel), free)).toMatchObject({ result: "Hello world" });
});

test("B5: a panel shows an answer while it is written, and keeps the whole of it", async () => {
  let release: () => void = () => undefined;
  upstream.play({ texts: ["Hel", "lo"], hold: new Promise<void>((resolve) => (release = resolve)) });
  const client = createClient();
  const id = await client.create(kernel);
  const socket = await sockets.connect(kernel, client.token);
  socket.send({ type: "subscribe", workspaceId: id });
  await socket.next("subscribed");
  const run = client.run(
    kernel,
    id,
    `(await ai.chat({ messages: [{ role: "user", content: "Hi" }], ${short}, panel: "answer" })).text`,
  );
  expect(await socket.next("live")).toEqual({
    type: "live",
    workspaceId: id,
    panel: "answer",
    value: { text: "Hel", done: false },
  });
  release();
  expect(await run).toMatchObject({ result: "Hello" });
  expect(await socket.next("patch")).toMatchObject({
    panel: "answer",
    op: "set",
    value: { text: "Hello", done: true },
  });
  expect(await socket.next("live", { value: null })).toMatchObject({ panel: "answer" });
  expect(await client.run(kernel, id, "view.get('answer')")).toMatchObject({ result: { text: "Hello", done: true } });
});

test("B5: an answer that breaks leaves the panel as it was", async () => {
  upstream.play({ texts: ["Hel"], then: "reset" });
  const client = createClient();
  const id = await client.create(kernel);
  const socket = await sockets.connect(kernel, client.token);
  socket.send({ type: "subscribe", workspaceId: id });
  await socket.next("subscribed");
  const code = `view.set("p", 1); await ai.complete({ prompt: "Hi", ${short}, panel: "p" }).catch((error) => error.code)`;
  expect(await client.run(kernel, id, code)).toMatchObject({ result: "stream_interrupted" });
  await socket.next("live", { value: null });
  expect(await client.run(kernel, id, "view.get('p')")).toMatchObject({ result: 1 });
});

test.each([
  ["an unknown member", "{ messages: [{ role: 'user', content: 'x' }], wrong: 1 }", "validation_failed", /wrong/],
  ["no messages", "{ messages: [] }", "validation_failed", /at least one message/],
  ["nothing", "undefined", "validation_failed", /give a text or an object/],
  ["a number", "5", "validation_failed", /give a text or an object/],
  [
    "an unknown model",
    "{ messages: [{ role: 'user', content: 'x' }], model: 'none' }",
    "validation_failed",
    /give one of gpt/,
  ],
])("B5: a request with %s is refused, and says what to do", async (_what, request, code, message) => {
  const client = createClient();
  const asked = `await ai.chat(${request}).catch((error) => [error.name, error.code, error.message])`;
  const { result } = await client.run(kernel, await client.create(kernel), asked);
  expect(result).toEqual(["AiError", code, expect.stringMatching(message)]);
});

test("B5: a handler asks the AI only with the capabilities that it needs", async () => {
  const client = createClient();
  const id = await client.create(kernel);
  const answer = (capabilities: readonly string[], request: string) => async () => {
    await client.call(kernel, "PUT", `/${id}/handlers/h`, {
      code: `return (await ai.complete(${request})).text`,
      capabilities,
    });
    return (await client.call(kernel, "POST", `/${id}/handlers/h/invoke`, { input: null })).body;
  };
  const request = `{ prompt: "Hi", ${short} }`;
  const shown = `{ prompt: "Hi", ${short}, panel: "p" }`;
  expect(await answer(["ext"], request)()).toMatchObject({ result: "Hello world" });
  expect(await answer([], request)()).toMatchObject({ error: { name: "CapabilityError" } });
  expect(await answer(["ext"], shown)()).toMatchObject({ error: { name: "CapabilityError" } });
  expect(await answer(["ext", "view:update"], shown)()).toMatchObject({ result: "Hello world" });
  const named = `await ai.complete({ prompt: "Hi", panel: "" }).catch((error) => error.message)`;
  expect((await client.run(kernel, id, named)).result).toBe("give the panel as a text of 1 to 128 characters");
});

test("B5: a call that is aborted by the end of its time reaches the provider no more", async () => {
  const impatient = await world.start({ AI_URL: url, HTTP_TIMEOUT: "500" });
  upstream.play({ silent: true });
  const client = createClient();
  const code = `await ai.complete({ prompt: "Hi", ${short} }).catch((error) => [error.code, error.message])`;
  expect((await client.run(impatient, await client.create(impatient), code)).result).toEqual([
    "timeout",
    "The calls of one execution may take 500 ms together. Ask for fewer tokens (maxTokens)",
  ]);
  expect(await upstream.requests[0]?.left).toBe(true);
});

test("B5: without an AI service, or while it is away, code gets an error that says so", async () => {
  const client = createClient();
  const why = async (settings: Record<string, string>) => {
    const pod = await world.start(settings);
    const code = "await ai.chat('Hi').catch((error) => [error.code, error.message])";
    const { result } = await client.run(pod, await client.create(pod), code);
    await world.end(pod);
    return result;
  };
  expect(await why({})).toEqual([
    "ai_not_configured",
    "This platform has no AI service. Its operator switches it on with nexusOs.enabled, or with kernel.ai",
  ]);
  expect(await why({ AI_URL: "http://127.0.0.1:1" })).toEqual([
    "ai_unreachable",
    "The AI service cannot be reached, or its answer cannot be read. Try again later",
  ]);
});

test("B5: where the kernel serves the AI itself, its workspaces ask it", async () => {
  const { REDIS_HOST, REDIS_PORT, REDIS_PASSWORD } = redis.settings;
  const pod = await world.start({
    ...{ AI_ENABLED: "true", OPENAI_API_KEY: "sk-marker", ...upstream.settings },
    ...{ REDIS_HOST, REDIS_PORT: String(REDIS_PORT), REDIS_PASSWORD },
  });
  const client = createClient();
  const code = `(await ai.chat("Hi")).text`;
  expect(await client.run(pod, await client.create(pod), code)).toMatchObject({ result: "Hello world" });
});
