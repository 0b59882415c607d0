import type { NexusOs } from "../src/nexus-os";
import { ANTHROPIC_KEY, Harness, newTenant, OPENAI_KEY, user } from "./harness";

let harness: Harness;
let service: NexusOs;

beforeAll(async () => {
  harness = await Harness.start();
  service = await harness.service();
});

afterAll(async () => await harness?.stop());

beforeEach(() => harness.upstream.play({}));

test("B5: chat over OpenAI's wire format: request, answer and usage", async () => {
  const messages = [
    { role: "system", content: "Be brief." },
    { role: "user", content: "Hi" },
  ];
  const options = { maxTokens: 50, temperature: 0.5, topP: 0.9, stop: ["END"] };
  const { status, body, headers } = await harness.post(service, newTenant(), { messages, ...options });
  expect(status).toBe(200);
  expect(headers["cache-control"]).toBe("no-store");
  expect(body).toEqual({
    id: expect.any(String) as unknown,
    provider: "openai",
    model: "gpt-one",
    text: "Hello world",
    finishReason: "stop",
    cached: false,
    usage: { inputTokens: 11, outputTokens: 7, totalTokens: 18, estimated: false },
  });
  const [request] = harness.upstream.requests;
  expect(request).toMatchObject({ wire: "openai", headers: { authorization: `Bearer ${OPENAI_KEY}` } });
  expect(request?.body).toEqual({
    model: "gpt-one",
    messages,
    max_completion_tokens: 50,
    temperature: 0.5,
    top_p: 0.9,
    stop: ["END"],
    stream: true,
    stream_options: { include_usage: true },
  });
});

test("B5: chat over Anthropic's wire format: the system text apart, the usage normalised", async () => {
  harness.upstream.play({ finish: "max_tokens", usage: { input: 5, output: 3 } });
  const messages = [
    { role: "system", content: "Be brief." },
    { role: "user", content: "Hi" },
  ];
  const { status, body } = await harness.post(service, newTenant(), { messages, model: "claude-one", stop: ["END"] });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    provider: "anthropic",
    model: "claude-one",
    text: "Hello world",
    finishReason: "length",
    usage: { inputTokens: 5, outputTokens: 3, totalTokens: 8, estimated: false },
  });
  const [request] = harness.upstream.requests;
  expect(request?.headers).toMatchObject({ "x-api-key": ANTHROPIC_KEY, "anthropic-version": "2023-06-01" });
  expect(request?.body).toEqual({
    model: "claude-one",
    system: "Be brief.",
    messages: [{ role: "user", content: "Hi" }],
    max_tokens: 1024,
    stop_sequences: ["END"],
    stream: true,
  });
});

test.each(["openai", "anthropic"])("a stream from %s comes as deltas and a done event", async (provider) => {
  const { status, headers, events } = await harness.post(service, newTenant(), {
    ...user("Hi"),
    provider,
    stream: true,
  });
  expect(status).toBe(200);
  expect(headers).toMatchObject({ "cache-control": "no-store, no-transform", "x-accel-buffering": "no" });
  expect(events).toEqual([
    { event: "delta", data: { text: "Hello" } },
    { event: "delta", data: { text: " world" } },
    {
      event: "done",
      data: expect.objectContaining({
        provider,
        finishReason: "stop",
        usage: { inputTokens: 11, outputTokens: 7, totalTokens: 18, estimated: false },
      }) as unknown,
    },
  ]);
});

test("a completion is a chat of one message, streamed or not", async () => {
  const payload = { prompt: "Once upon", system: "A tale." };
  const whole = await harness.post(service, newTenant(), payload, "/ai/v1/completion");
  expect(whole).toMatchObject({ status: 200, body: { text: "Hello world" } });
  expect(harness.upstream.requests[0]?.body.messages).toEqual([
    { role: "system", content: "A tale." },
    { role: "user", content: "Once upon" },
  ]);
  const { events } = await harness.post(service, newTenant(), { ...payload, stream: true }, "/ai/v1/completion");
  expect(events.map(({ event }) => event)).toEqual(["delta", "delta", "done"]);
});

test("a refused answer says so, and one without any text is complete", async () => {
  harness.upstream.play({ texts: [], finish: "content_filter" });
  const { status, body } = await harness.post(service, newTenant(), user("Hi"));
  expect({ status, text: body.text, finishReason: body.finishReason }).toEqual({
    status: 200,
    text: "",
    finishReason: "refused",
  });
});

test("an answer of megabytes arrives whole", async () => {
  const texts = Array.from({ length: 300 }, (_, index) => `${index}:${"ü".repeat(5000)}`);
  harness.upstream.play({ texts });
  const { body } = await harness.post(service, newTenant(), user("Long, please"));
  expect(body.text).toBe(texts.join(""));
  const { events } = await harness.post(service, newTenant(), { ...user("Long, please"), stream: true });
  expect(events.map(({ event, data }) => (event === "delta" ? (data.text as string) : "")).join("")).toBe(
    texts.join(""),
  );
});

test.each([
  [{}, "messages"],
  [{ messages: [{ role: "system", content: "x" }] }, "messages"],
  [{ ...user("Hi"), model: "gpt-unknown" }, "model"],
  [{ ...user("Hi"), model: "claude-one", provider: "openai" }, "model"],
  [{ ...user("Hi"), maxTokens: 8193 }, "maxTokens"],
  [{ ...user("Hi"), temperature: 2.1 }, "temperature"],
  [{ ...user("Hi"), temperature: 1.5, provider: "anthropic" }, "temperature"],
  [{ ...user("Hi"), stop: [] }, "stop"],
  [{ ...user("Hi"), workspaceId: "x" }, "workspaceId"],
  [{ ...user("Hi"), max_tokens: 5 }, "body"],
])("an invalid request names the field, and no provider is asked: %j", async (payload, field) => {
  const { status, body } = await harness.post(service, newTenant(), payload);
  expect({ status, code: body.code }).toEqual({ status: 400, code: "validation_failed" });
  expect(body.errors).toEqual([expect.objectContaining({ field })]);
  expect(harness.upstream.requests).toEqual([]);
});

test("every route needs a token", async () => {
  for (const [method, url] of [
    ["POST", "/ai/v1/chat"],
    ["POST", "/ai/v1/completion"],
    ["GET", "/ai/v1/usage"],
    ["GET", "/ai/v1/models"],
  ] as const) {
    const { statusCode } = await service.app.inject({ method, url, ...(method === "POST" ? { payload: {} } : {}) });
    expect(statusCode).toBe(401);
  }
});

test("without a key: 503 with a code, no models, and the pod is still ready", async () => {
  const bare = await harness.service({ OPENAI_API_KEY: "", ANTHROPIC_API_KEY: "" });
  expect(await harness.post(bare, newTenant(), user("Hi"))).toMatchObject({
    status: 503,
    body: { code: "ai_not_configured", detail: "Neither OPENAI_API_KEY nor ANTHROPIC_API_KEY is set" },
  });
  const headers = { authorization: newTenant().authorization };
  expect((await bare.app.inject({ url: "/ai/v1/models", headers })).json()).toEqual({ configured: false, models: [] });
  expect((await bare.app.inject("/ready")).statusCode).toBe(200);
});

test("with one key the other provider's models are not offered, and asking for them says which key is missing", async () => {
  const one = await harness.service({ OPENAI_API_KEY: "" });
  const headers = { authorization: newTenant().authorization };
  expect((await one.app.inject({ url: "/ai/v1/models", headers })).json()).toEqual({
    configured: true,
    models: [{ provider: "anthropic", model: "claude-one", default: true }],
  });
  expect((await harness.post(one, newTenant(), user("Hi"))).body.provider).toBe("anthropic");
  expect(await harness.post(one, newTenant(), { ...user("Hi"), model: "gpt-two" })).toMatchObject({
    status: 503,
    body: { code: "ai_not_configured", detail: "OPENAI_API_KEY is not set" },
  });
});

test("without authentication everybody is one tenant", async () => {
  const open = await harness.service({ AUTH_ENABLED: "false", JWT_SECRET: "" });
  const { statusCode } = await open.app.inject({ method: "POST", url: "/ai/v1/chat", payload: user("Hi") });
  expect(statusCode).toBe(200);
});

test("B8 D26: health, readiness, metrics and the OpenAPI document are there", async () => {
  const paths = await service.app.inject("/openapi.json");
  expect(Object.keys((paths.json() as { paths: object }).paths)).toEqual(
    expect.arrayContaining(["/ai/v1/chat", "/ai/v1/completion", "/ai/v1/usage", "/ai/v1/models"]),
  );
  const metrics = (await service.app.inject("/metrics")).body;
  for (const name of ["nexus_ai_answers_total", "nexus_ai_tokens_total", "nexus_ai_circuit_open", "nexus_redis_up"]) {
    expect(metrics).toContain(name);
  }
  expect((await service.app.inject("/health")).json()).toMatchObject({ service: "nexus-os", status: "ok" });
});

test("B28: an answer leaves one line with what it cost, for whom, and nothing of its text", async () => {
  const workspaceId = "7d8e5a00-1111-4222-8333-123456789abc";
  const tenant = newTenant();
  await harness.post(service, tenant, { ...user("Hi"), workspaceId });
  expect(harness.logs.lines.filter((line) => line.tenantId === tenant.tenantId)).toEqual([
    expect.objectContaining({
      level: "info",
      message: "answer",
      userId: tenant.userId,
      workspaceId,
      provider: "openai",
      model: "gpt-one",
      outcome: "ok",
      inputTokens: 11,
      outputTokens: 7,
    }),
  ]);
});
