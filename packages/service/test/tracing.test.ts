import { z } from "zod";
import { createApp, createRegistry, ServiceError, startTracing, traced, traceHeaders } from "../src";
import { captureLog } from "@nexus/testkit/log-capture";
import { type OtlpReceiver, startOtlpReceiver } from "@nexus/testkit/otlp-receiver";
import { freePort } from "@nexus/testkit/server-process";

let receiver: OtlpReceiver;
let stop: () => Promise<void> = async () => undefined;

beforeEach(async () => {
  receiver = await startOtlpReceiver();
});
afterEach(async () => {
  await stop();
  await receiver.stop();
});

const { log } = captureLog("demo");
const environment = (endpoint: string, enabled = true) => ({
  TRILOG_ENABLED: enabled,
  OTEL_ENDPOINT: endpoint,
  POD_NAME: "demo-1",
  SERVICE_VERSION: "1.2.3",
});

async function build() {
  const app = await createApp({
    service: "demo",
    version: "1.2.3",
    log,
    registry: createRegistry("demo"),
    readiness: {},
  });
  app.post("/things/:id", { schema: { body: z.object({ size: z.int() }) } }, async ({ body }) =>
    traced("weigh", { "thing.size": body.size }, async (note) => {
      note({ "thing.heavy": body.size > 10 });
      if (body.size === 13) throw new ServiceError("database_unavailable", { detail: "secret detail" });
      return traceHeaders();
    }),
  );
  return app;
}

const ask = (app: Awaited<ReturnType<typeof build>>, size: number, headers = {}) =>
  app.inject({ method: "POST", url: "/things/7?token=secret-query", payload: { size }, headers });

test("A29 A60: a request is a span, and its work is in child spans", async () => {
  stop = await startTracing(environment(receiver.url), "demo", log);
  const app = await build();
  const response = await ask(app, 12);
  await app.inject("/health");
  await stop();
  expect(receiver.paths).toEqual(new Set(["POST /v1/traces"]));
  expect(receiver.spans.map(({ name }) => name).sort()).toEqual(["POST /things/:id", "weigh"]);
  const [request, inner] = [receiver.span("POST /things/:id"), receiver.span("weigh")];
  expect(request).toMatchObject({ service: "demo", parentSpanId: undefined, status: 0 });
  expect(request.facts).toMatchObject({ "http.request.method": "POST", "http.route": "/things/:id" });
  expect(inner).toMatchObject({ traceId: request.traceId, parentSpanId: request.spanId });
  expect(inner.facts).toMatchObject({ "thing.heavy": true });
  expect(response.json()).toEqual({ traceparent: `00-${inner.traceId}-${inner.spanId}-01` });
});

test("A60: continues the caller's trace", async () => {
  stop = await startTracing(environment(receiver.url), "demo", log);
  const [traceId, spanId] = ["0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"];
  await ask(await build(), 1, { traceparent: `00-${traceId}-${spanId}-01` });
  await stop();
  expect(receiver.span("POST /things/:id")).toMatchObject({ traceId, parentSpanId: spanId });
});

test("A60: a failure is marked with its code, and no span contains data of the request or the answer", async () => {
  stop = await startTracing(environment(receiver.url), "demo", log);
  expect((await ask(await build(), 13)).statusCode).toBe(503);
  await stop();
  expect(receiver.span("weigh")).toMatchObject({ status: 2, facts: { "error.type": "database_unavailable" } });
  expect(receiver.span("POST /things/:id")).toMatchObject({ status: 2 });
  expect(receiver.text()).not.toMatch(/secret/);
});

test("A58: nothing is loaded and nothing sent while TRILOG_ENABLED is false", async () => {
  jest.doMock("../src/otel", () => {
    throw new Error("OpenTelemetry was loaded");
  });
  stop = await startTracing(environment(receiver.url, false), "demo", log);
  expect((await ask(await build(), 1)).json()).toEqual({});
  await stop();
  expect(receiver.spans).toEqual([]);
  jest.dontMock("../src/otel");
});

test("A60: a collector that cannot be reached delays neither requests nor the end of the service", async () => {
  stop = await startTracing(environment(`http://127.0.0.1:${await freePort()}`), "demo", log);
  expect((await ask(await build(), 1)).statusCode).toBe(200);
  await expect(stop()).resolves.toBeUndefined();
});
