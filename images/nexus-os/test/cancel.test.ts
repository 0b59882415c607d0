import { WatchedEmitters } from "@nexus/testkit/emitters";
import { waitFor } from "@nexus/testkit/server-process";
import type { NexusOs } from "../src/nexus-os";
import { Harness, newTenant, parseSse, type Tenant, user } from "./harness";

let harness: Harness;
let service: NexusOs;
let origin: string;

beforeAll(async () => {
  harness = await Harness.start();
  service = await harness.service({ AI_RETRY_MAX_MS: "60000", AI_MAX_CONCURRENT_PER_TENANT: "1" });
  origin = await service.app.listen({ host: "127.0.0.1", port: 0 });
});

afterAll(async () => await harness?.stop());

function request(tenant: Tenant, payload: object, signal?: AbortSignal, base = origin): Promise<Response> {
  return fetch(`${base}/ai/v1/chat`, {
    method: "POST",
    headers: { authorization: tenant.authorization, "content-type": "application/json" },
    body: JSON.stringify(payload),
    signal,
  });
}

async function asked(): Promise<void> {
  await waitFor("the provider is asked", async () => expect(harness.upstream.requests).toHaveLength(1));
}

/** Everything that the answer used is released: the slot, the reservation and the connection to the provider. */
async function released(tenant: Tenant, usedTokens: number): Promise<void> {
  await waitFor("the answer is settled", async () => {
    expect(await harness.usage(service, tenant)).toMatchObject({ usedTokens, reservedTokens: 0 });
    expect((await service.app.inject("/health")).json()).toMatchObject({ runtime: { answersRunning: 0 } });
  });
  expect(harness.logs.lines.filter((line) => line.tenantId === tenant.tenantId)).toEqual([
    expect.objectContaining({ level: "info", message: "answer", outcome: "request_cancelled" }),
  ]);
}

function later(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

test("the caller disconnects during a stream: the provider's connection is closed, and the received tokens are charged", async () => {
  harness.upstream.play({ texts: ["fourteen"], then: "hang" });
  const [tenant, controller] = [newTenant(), new AbortController()];
  const response = await request(tenant, { ...user("Hi"), stream: true }, controller.signal);
  const reader = response.body?.getReader();
  expect(new TextDecoder().decode((await reader?.read())?.value)).toContain("fourteen");
  controller.abort();
  expect(await harness.upstream.requests[0]?.left).toBe(true);
  await released(tenant, 5 + 2);
});

test.each([true, false])(
  "the caller disconnects before the first byte (stream: %s): the prompt is charged",
  async (stream) => {
    harness.upstream.play({ silent: true });
    const [tenant, controller] = [newTenant(), new AbortController()];
    const response = request(tenant, { ...user("Hi"), stream }, controller.signal);
    await asked();
    controller.abort();
    await expect(response).rejects.toThrow();
    expect(await harness.upstream.requests[0]?.left).toBe(true);
    await released(tenant, 5);
  },
);

test("the caller of a whole answer disconnects while it is being written", async () => {
  harness.upstream.play({ texts: ["fourteen"], then: "hang" });
  const [tenant, controller] = [newTenant(), new AbortController()];
  const response = request(tenant, user("Hi"), controller.signal);
  await asked();
  await waitFor("the first text has come", async () => {
    expect((await service.app.inject("/health")).json()).toMatchObject({ runtime: { answersRunning: 1 } });
  });
  controller.abort();
  await expect(response).rejects.toThrow();
  expect(await harness.upstream.requests[0]?.left).toBe(true);
  await waitFor("the answer is settled", async () => {
    expect(await harness.usage(service, tenant)).toMatchObject({ reservedTokens: 0 });
  });
});

test("the caller disconnects between two attempts: no further attempt, and no charge", async () => {
  harness.upstream.play({ status: 429, headers: { "retry-after": "30" } });
  const [tenant, controller] = [newTenant(), new AbortController()];
  const response = request(tenant, user("Hi"), controller.signal);
  await asked();
  expect(await harness.upstream.requests[0]?.left).toBe(false);
  controller.abort();
  await expect(response).rejects.toThrow();
  await released(tenant, 0);
  expect(harness.upstream.requests).toHaveLength(1);
});

test("a tenant has a maximum number of concurrent answers, which does not reduce that of another tenant", async () => {
  const hold = later();
  harness.upstream.play({ hold: hold.promise });
  const tenant = newTenant();
  const first = request(tenant, user("Hi"));
  await asked();
  const refused = await request(tenant, user("Hi"));
  expect(refused.status).toBe(503);
  expect(refused.headers.get("retry-after")).toBe("2");
  expect(await refused.json()).toMatchObject({ code: "ai_busy" });
  const other = request(newTenant(), user("Hi"));
  await waitFor("the provider is asked", async () => expect(harness.upstream.requests).toHaveLength(2));
  hold.resolve();
  expect([(await first).status, (await other).status]).toEqual([200, 200]);
  expect((await request(tenant, user("Hi"))).status).toBe(200);
});

test("a pod has a maximum number of concurrent answers", async () => {
  const small = await harness.service({ AI_MAX_CONCURRENT: "1" });
  const hold = later();
  harness.upstream.play({ hold: hold.promise });
  const first = harness.post(small, newTenant(), user("Hi"));
  await asked();
  expect(await harness.post(small, newTenant(), user("Hi"))).toMatchObject({ status: 503, body: { code: "ai_busy" } });
  hold.resolve();
  expect((await first).status).toBe(200);
});

test("D31: a stop lets running answers end, refuses new ones, and ends those that take too long", async () => {
  const stopping = await harness.service();
  const base = await stopping.app.listen({ host: "127.0.0.1", port: 0 });
  const hold = later();
  harness.upstream.play({ hold: hold.promise }, { then: "hang" });
  const streams = [
    await request(newTenant(), { ...user("Hi"), stream: true }, undefined, base),
    await request(newTenant(), { ...user("Hi"), stream: true }, undefined, base),
  ];
  const drained = stopping.ai.drain(500);
  expect(await harness.post(stopping, newTenant(), user("Hi"))).toMatchObject({
    status: 503,
    body: { code: "shutting_down" },
  });
  hold.resolve();
  const ends = await Promise.all(streams.map(async (stream) => parseSse(await stream.text()).at(-1)));
  expect(ends).toMatchObject([{ event: "done" }, { event: "error", data: { code: "shutting_down" } }]);
  await drained;
});

test("every emitter of a pod has somebody who hears of an error, while an answer comes and after its caller left", async () => {
  const emitters = new WatchedEmitters();
  try {
    harness.upstream.play({ texts: ["fourteen"], then: "hang" });
    const pod = await harness.service();
    const base = await pod.app.listen({ host: "127.0.0.1", port: 0 });
    const [tenant, controller] = [newTenant(), new AbortController()];
    const response = await request(tenant, { ...user("Hi"), stream: true }, controller.signal, base);
    await response.body?.getReader().read();
    expect(emitters.unheard()).toEqual([]);
    controller.abort();
    expect(await harness.upstream.requests[0]?.left).toBe(true);
    expect(emitters.unheard()).toEqual([]);
    expect([...emitters.kinds]).toEqual(expect.arrayContaining(["Server", "Socket", "Redis"]));
  } finally {
    emitters.end();
  }
});
