import type { Script } from "@nexus/testkit/fake-upstream";
import { waitFor } from "@nexus/testkit/server-process";
import type { NexusOs } from "../src/nexus-os";
import { ANTHROPIC_KEY, Harness, newTenant, OPENAI_KEY, user } from "./harness";

let harness: Harness;

beforeAll(async () => {
  harness = await Harness.start();
});

afterAll(async () => await harness?.stop());

beforeEach(() => harness.upstream.play({}));

async function ask(script: Script[], settings: Record<string, string> = {}, extra: object = {}) {
  const service = await harness.shared(settings);
  harness.upstream.play(...script);
  const tenant = newTenant();
  const answer = await harness.post(service, tenant, { ...user("Hi"), ...extra });
  return { ...answer, service, tenant, attempts: harness.upstream.requests.length };
}

const failed = { status: 500 };

test.each<[string, Script, object, number, string, number]>([
  ["a wrong key", { status: 401 }, {}, 503, "ai_key_rejected", 1],
  ["a key without rights", { status: 403 }, {}, 503, "ai_key_rejected", 1],
  ["a used-up account", { status: 429, error: { code: "insufficient_quota" } }, {}, 503, "upstream_quota_exhausted", 1],
  ["an unpaid account", { status: 402 }, { provider: "anthropic" }, 503, "upstream_quota_exhausted", 1],
  ["an unknown model", { status: 404 }, {}, 502, "upstream_error", 1],
  ["a bad parameter", { status: 400 }, {}, 400, "ai_request_rejected", 1],
  ["a long prompt", { status: 400, error: { code: "context_length_exceeded" } }, {}, 400, "context_too_long", 1],
  [
    "a prompt that is too long for Anthropic",
    { status: 400, error: { type: "invalid_request_error", message: "prompt is too long: 9 tokens > 8 maximum" } },
    { provider: "anthropic" },
    400,
    "context_too_long",
    1,
  ],
  ["a body too large for Anthropic", { status: 413 }, { provider: "anthropic" }, 400, "context_too_long", 1],
  ["a failure that lasts", failed, {}, 502, "upstream_error", 3],
  ["an overload that lasts", { status: 529 }, { provider: "anthropic" }, 502, "upstream_error", 3],
  ["an error as the first event", { texts: [], then: "error" }, { provider: "anthropic" }, 502, "upstream_error", 3],
  ["a stream that is none", { raw: "data: {not json\n\n" }, {}, 502, "upstream_error", 3],
  ["JSON of another kind", { raw: 'data: {"choices":7}\n\n' }, {}, 502, "upstream_error", 3],
  ["an end before the first text", { texts: [], then: "end" }, {}, 502, "upstream_error", 3],
  ["a reset before the first text", { texts: [], then: "reset" }, {}, 502, "upstream_error", 3],
])("%s from the provider", async (_name, script, extra, status, code, attempts) => {
  for (const stream of [false, true]) {
    const answer = await ask([script], {}, { ...extra, stream });
    expect({ status: answer.status, code: answer.body.code, attempts: answer.attempts }).toEqual({
      status,
      code,
      attempts,
    });
    expect(answer.headers["content-type"]).toContain("application/problem+json");
  }
});

test("the caller does not see a temporary failure", async () => {
  const { status, body, attempts } = await ask([failed, { status: 529 }, {}]);
  expect({ status, text: body.text, attempts }).toEqual({ status: 200, text: "Hello world", attempts: 3 });
  expect(body.usage).toEqual({ inputTokens: 11, outputTokens: 7, totalTokens: 18, estimated: false });
});

test("nothing listens at the address: upstream_error, without the address", async () => {
  const { status, body } = await ask([{}], { OPENAI_BASE_URL: "http://127.0.0.1:1/v1" });
  expect({ status, code: body.code }).toEqual({ status: 502, code: "upstream_error" });
  expect(JSON.stringify(body)).not.toContain("127.0.0.1");
});

test("a short Retry-After of a rate limit is waited for", async () => {
  const limited = { status: 429, headers: { "retry-after-ms": "20" } };
  expect(await ask([limited, {}])).toMatchObject({ status: 200, attempts: 2 });
});

test("a rate limit with a longer wait is returned at once, with Retry-After", async () => {
  const limited = { status: 429, headers: { "retry-after": "7" } };
  expect(await ask([limited])).toMatchObject({
    status: 429,
    body: { code: "upstream_rate_limited" },
    headers: { "retry-after": "7" },
    attempts: 1,
  });
});

test("the first byte does not come: upstream_timeout, not tried again", async () => {
  const { status, body, attempts } = await ask([{ silent: true }], { AI_FIRST_BYTE_TIMEOUT_MS: "50" });
  expect({ status, code: body.code, attempts }).toEqual({ status: 504, code: "upstream_timeout", attempts: 1 });
  expect(await harness.upstream.requests[0]?.left).toBe(true);
});

describe.each(["openai", "anthropic"])("in the middle of a stream of %s", (provider) => {
  test.each<[string, Script["then"], Record<string, string>]>([
    ["the provider resets the connection", "reset", {}],
    ["the provider ends it too early", "end", {}],
    ["the provider sends an error", "error", {}],
    ["the provider falls silent", "hang", { AI_IDLE_TIMEOUT_MS: "60" }],
    // Long enough for the stream to begin, even on a busy machine.
    ["the whole time is over", "hang", { AI_TOTAL_TIMEOUT_MS: "600" }],
  ])(
    "%s: an error event at the end, no further attempt, and the received tokens are charged",
    async (_name, then, settings) => {
      const texts = ["four", "teen"];
      const { status, events, attempts, service, tenant } = await ask([{ texts, then }], settings, {
        provider,
        stream: true,
      });
      expect({ status, attempts }).toEqual({ status: 200, attempts: 1 });
      expect(events.map(({ event }) => event)).toEqual(["delta", "delta", "error"]);
      // "Hi" is 1 token and 4 for the message; Anthropic counts the prompt itself. "fourteen" is 2.
      const inputTokens = provider === "openai" ? 5 : 11;
      const usage = { inputTokens, outputTokens: 2, totalTokens: inputTokens + 2, estimated: true };
      expect(events.at(-1)?.data).toMatchObject({ code: "stream_interrupted", status: 502, usage });
      expect(await harness.usage(service, tenant)).toMatchObject({ usedTokens: inputTokens + 2, reservedTokens: 0 });
    },
  );
});

test("a cut stream fails a request for the whole answer", async () => {
  const { status, body, attempts } = await ask([{ then: "reset" }]);
  expect({ status, code: body.code, attempts }).toEqual({ status: 502, code: "stream_interrupted", attempts: 1 });
});

test("a missing usage is estimated when the text is complete", async () => {
  const { body } = await ask([{ usage: null, texts: ["Hello wo", "rld"] }]);
  expect(body.usage).toEqual({ inputTokens: 5, outputTokens: 3, totalTokens: 8, estimated: true });
});

test("an answer larger than the maximum is aborted", async () => {
  const texts = Array.from({ length: 2000 }, () => "x".repeat(1000));
  const { events } = await ask([{ texts, then: "hang" }], { AI_MAX_ANSWER_BYTES: "100000" }, { stream: true });
  expect(events.at(-1)).toMatchObject({ event: "error", data: { code: "stream_interrupted" } });
  expect(await harness.upstream.requests[0]?.left).toBe(true);
});

test("an endless line does not fill the memory", async () => {
  const raw = `data: ${"x".repeat(2_000_000)}`;
  const { status, body, attempts } = await ask([{ raw }]);
  expect({ status, code: body.code, attempts }).toEqual({ status: 502, code: "upstream_error", attempts: 1 });
});

describe("the circuit breaker", () => {
  const settings = { AI_BREAKER_FAILURES: "3", AI_RETRIES: "0" };

  async function opened(openMs = 150): Promise<NexusOs> {
    const service = await harness.service({ ...settings, AI_BREAKER_OPEN_MS: String(openMs) });
    harness.upstream.play(failed);
    for (let count = 0; count < 3; count += 1) {
      expect((await harness.post(service, newTenant(), user("Hi"))).body.code).toBe("upstream_error");
    }
    return service;
  }

  test("opens after failures in a row: 503 with Retry-After, no request is sent, and the other provider works", async () => {
    const service = await opened(60_000);
    expect(await harness.post(service, newTenant(), user("Hi"))).toMatchObject({
      status: 503,
      body: { code: "upstream_unavailable" },
      headers: { "retry-after": "60" },
    });
    expect(harness.upstream.requests).toHaveLength(3);
    expect((await service.app.inject("/metrics")).body).toMatch(/nexus_ai_circuit_open\{provider="openai".*\} 1\n/);
    harness.upstream.play({});
    expect((await harness.post(service, newTenant(), { ...user("Hi"), provider: "anthropic" })).status).toBe(200);
  });

  test("lets one request try, and closes when it works", async () => {
    const service = await opened();
    harness.upstream.play({});
    const tenant = newTenant();
    await waitFor("the circuit closes", async () => {
      expect((await harness.post(service, tenant, user("Hi"))).status).toBe(200);
    });
    expect(harness.upstream.requests).toHaveLength(1);
    expect((await service.app.inject("/metrics")).body).toMatch(/nexus_ai_circuit_open\{provider="openai".*\} 0\n/);
  });

  test("is not opened by the callers' own mistakes or by rate limits", async () => {
    const service = await harness.service(settings);
    harness.upstream.play({ status: 400 }, { status: 429 }, { status: 401 }, { status: 400 }, { status: 429 }, {});
    const statuses: number[] = [];
    for (let count = 0; count < 6; count += 1) {
      statuses.push((await harness.post(service, newTenant(), user("Hi"))).status);
    }
    expect(statuses).toEqual([400, 429, 503, 400, 429, 200]);
  });
});

test("prompt, answer, keys and the provider's error text are in no log line, metric or error", async () => {
  const [prompt, answer] = ["prompt-marker-b1c9", "answer-marker-e04d"];
  const service = await harness.service({ AI_RETRIES: "0", AI_IDLE_TIMEOUT_MS: "60", LOG_LEVEL: "debug" });
  const tenant = newTenant();
  const scripts: Script[] = [
    { texts: [answer] },
    { texts: [answer], then: "reset" },
    { texts: [answer], then: "error" },
    { texts: [answer], then: "hang" },
    { raw: `data: ${answer} is not JSON\n\n` },
    { raw: `data: {"choices":"${answer}"}\n\n` },
    { raw: `${answer}: ${answer}\n\n` },
    ...[400, 401, 404, 429, 500].map((status) => ({
      status,
      error: { type: answer, code: answer, message: `${prompt} ${OPENAI_KEY} ${ANTHROPIC_KEY}` },
    })),
  ];
  let problems = "";
  for (const script of scripts) {
    for (const provider of ["openai", "anthropic"]) {
      for (const stream of [false, true]) {
        harness.upstream.play(script);
        const { body, events } = await harness.post(service, tenant, { ...user(prompt), provider, stream });
        const ends = events.filter(({ event }) => event !== "delta");
        problems += JSON.stringify([{ ...body, text: undefined }, ends]);
      }
    }
  }
  await harness.post(service, tenant, { ...user(prompt), temperature: 9, [prompt]: 1 });
  const malformed = { "content-type": "application/json", authorization: tenant.authorization };
  await service.app.inject({ method: "POST", url: "/ai/v1/chat", payload: `{"${prompt}`, headers: malformed });
  const metrics = (await service.app.inject("/metrics")).body;
  expect(harness.logs.text()).toContain(tenant.tenantId);
  for (const secret of [prompt, answer, OPENAI_KEY, ANTHROPIC_KEY, "secret words"]) {
    expect(harness.logs.text()).not.toContain(secret);
    expect(metrics).not.toContain(secret);
    expect(problems).not.toContain(secret);
  }
});
