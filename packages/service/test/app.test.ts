import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import type { Role } from "@nexus/contract";
import { z } from "zod";
import {
  createApp,
  createAuthenticate,
  createRegistry,
  createShutdown,
  createTokenVerifier,
  errorTable,
  nameText,
  requirePrincipal,
} from "../src";
import { captureLog } from "@nexus/testkit/log-capture";
import { createTokenSigner } from "@nexus/testkit/tokens";

const KEYS = ["k".repeat(32), "p".repeat(32)];
const principal = {
  userId: "8b0c3a2e-1111-4222-8333-444455556666",
  tenantId: "8b0c3a2e-1111-4222-8333-444455557777",
  role: "owner" as const,
  email: "a@example.com",
};

async function build(readiness: Record<string, () => Promise<void>> = {}, more: { requestTimeoutMs?: number } = {}) {
  const { log, lines, text } = captureLog("demo");
  const registry = createRegistry("demo");
  const app = await createApp({ service: "demo", version: "1.2.3", log, registry, readiness, ...more });
  const authenticate = createAuthenticate(createTokenVerifier(KEYS));
  const body = z.object({ size: z.int() });
  app.post("/things/:id", { schema: { body, response: { 200: z.object({ size: z.int() }) } } }, async (request) => {
    if (request.body.size === 13) throw new Error("secret detail");
    return { ...request.body, extra: "never sent" };
  });
  app.get("/me", { preHandler: authenticate }, async (request) => requirePrincipal(request).userId);
  return { app, lines, text };
}

test("B28 D26: a request is one JSON line with the fields of the standard, without its query", async () => {
  const { app, lines, text } = await build();
  await app.inject({ method: "POST", url: "/things/7?token=abc", payload: { size: 3 } });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toEqual({
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    level: "info",
    service: "demo",
    message: "request",
    workspaceId: null,
    userId: null,
    method: "POST",
    url: "/things/7",
    status: 200,
    durationMs: expect.any(Number),
  });
  expect(text().match(/"userId"/g)).toHaveLength(1);
});

test("a reply contains only the fields of its schema", async () => {
  const { app } = await build();
  const response = await app.inject({ method: "POST", url: "/things/7", payload: { size: 3 } });
  expect(response.json()).toEqual({ size: 3 });
});

test("a request without a body may have the JSON content type", async () => {
  const { app } = await build();
  const response = await app.inject({
    method: "DELETE",
    url: "/nowhere",
    headers: { "content-type": "application/json" },
  });
  expect(response.statusCode).toBe(404);
});

test("a body that is too large is refused with the number of bytes it may hold", async () => {
  const { app } = await build();
  const response = await app.inject({ method: "POST", url: "/things/7", payload: { text: "x".repeat(1024 * 1024) } });
  expect(response.json()).toMatchObject({
    status: 413,
    code: "body_too_large",
    detail: "A body may hold at most 1048576 bytes",
  });
});

test.each([
  ["a wrong field", { payload: { size: "x" } }, 400, "validation_failed"],
  [
    "JSON that is nested too deeply, before it is parsed",
    { payload: "[".repeat(101), headers: { "content-type": "application/json" } },
    400,
    "validation_failed",
  ],
  ["no JSON", { payload: "{", headers: { "content-type": "application/json" } }, 400, "malformed_body"],
  ["another media type", { payload: "x", headers: { "content-type": "text/csv" } }, 415, "media_type_unsupported"],
  ["plain text", { payload: "{}", headers: { "content-type": "text/plain" } }, 415, "media_type_unsupported"],
  ["a fault of ours", { payload: { size: 13 } }, 500, "internal"],
] as const)("errors are problem details: %s", async (_name, request, status, code) => {
  const { app } = await build();
  const response = await app.inject({ method: "POST", url: "/things/7", ...request });
  expect(response.headers["content-type"]).toMatch(/^application\/problem\+json/);
  expect(response.json()).toMatchObject({ status, code, instance: "/things/7", type: `urn:nexus:error:${code}` });
  expect(response.body).not.toContain("secret detail");
});

test.each([
  ["text/plain;charset=UTF-8", "text/plain;charset=UTF-8"],
  ["application/x-www-form-urlencoded", "application/x-www-form-urlencoded"],
  [undefined, "without a content type"],
])("a body of content type %s is refused with what to send instead", async (type, named) => {
  const { app } = await build();
  const headers = type === undefined ? {} : { "content-type": type };
  const payload = JSON.stringify({ size: 3 });
  const response = await app.inject({ method: "POST", url: "/things/7", headers, payload });
  expect(response.statusCode).toBe(415);
  const { detail } = response.json() as { detail: string };
  expect(detail).toContain(named);
  expect(detail).toContain("send JSON with the header Content-Type: application/json");
});

test("an unknown path is a coded 404, and every code has a status that fits HTTP", async () => {
  const { app } = await build();
  expect((await app.inject("/nothing")).json()).toMatchObject({ status: 404, code: "not_found" });
  for (const { status } of Object.values(errorTable)) expect(status).toBeGreaterThanOrEqual(400);
});

test.each(["?", "#", "%23", "%3F", "%3ft=", ";token=", "?a=1&token=", "?%74oken=", "#access_token=", "/?TOKEN="])(
  "no spelling of a token in a path gets into log or answer: %s",
  async (start) => {
    const { app, text } = await build();
    const { body } = await app.inject({ url: `/nowhere${start}hidden-token` });
    expect([text(), body].join()).not.toContain("hidden-token");
    expect(text()).toContain('"url":"/nowhere');
  },
);

test("C25: a token signed by the current or the previous key is accepted, others are not", async () => {
  const { app } = await build();
  const call = (token: string) => app.inject({ url: "/me", headers: { authorization: `Bearer ${token}` } });
  for (const key of KEYS) expect((await call(createTokenSigner(key, 60)(principal))).body).toBe(principal.userId);
  for (const token of ["", "a.b.c", createTokenSigner("x".repeat(32), 60)(principal), unsigned()]) {
    const response = await call(token);
    expect(response.statusCode).toBe(401);
    expect(response.headers["www-authenticate"]).toBe('Bearer realm="nexus"');
  }
  expect((await app.inject("/me")).json()).toMatchObject({ code: "unauthorized" });
});

function unsigned(): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const exp = Math.floor(Date.now() / 1000) + 60;
  const claims = {
    sub: principal.userId,
    tid: principal.tenantId,
    role: "owner",
    email: "",
    iss: "nexus",
    aud: "nexus",
  };
  return `${part({ alg: "none", typ: "JWT" })}.${part({ ...claims, exp })}.x`;
}

test("D23 A40: /health tells service, version, uptime and runtime numbers", async () => {
  const { app } = await build();
  expect((await app.inject("/health")).json()).toMatchObject({
    status: "ok",
    service: "demo",
    version: "1.2.3",
    uptimeSeconds: expect.any(Number),
    runtime: { rssBytes: expect.any(Number) },
  });
});

test("D29 D31: /ready names the failed checks, and fails from the start of a stop", async () => {
  const { log } = captureLog("demo");
  const order: string[] = [];
  const steps = [
    { name: "bad", run: () => Promise.reject(new Error("no")) },
    { name: "good", run: () => void order.push("good") },
  ];
  const shutdown = createShutdown({ log, drainMs: 20, timeoutMs: 1000 });
  shutdown.prepare({ steps });
  const { app } = await build({ shutdown: shutdown.check, other: async () => undefined });
  expect((await app.inject("/ready")).json()).toEqual({ status: "ready", checks: { shutdown: "ok", other: "ok" } });
  const stopped = shutdown.stop("test");
  const response = await app.inject("/ready");
  expect(response.statusCode).toBe(503);
  expect(response.json()).toMatchObject({ code: "not_ready", detail: "shutdown: shutting down" });
  expect(order).toEqual([]);
  await stopped;
  expect(order).toEqual(["good"]);
});

test("D21: /metrics counts by route pattern; /openapi.json describes bodies", async () => {
  const { app } = await build();
  await app.inject({ method: "POST", url: "/things/7", payload: { size: 3 } });
  const metrics = (await app.inject("/metrics")).body;
  expect(metrics).toMatch(/http_request_duration_seconds_count\{.*route="\/things\/:id".*status="200".*\} 1/);
  const document = (await app.inject("/openapi.json")).json() as { openapi: string; paths: Record<string, unknown> };
  expect(document.openapi).toBe("3.1.0");
  expect(document.paths["/things/{id}"]).toMatchObject({
    post: { requestBody: { content: { "application/json": { schema: { required: ["size"] } } } } },
  });
  // Meant for the cluster only: the studio's address serves the document, but not these paths.
  for (const path of ["/metrics", "/ready"]) expect(document.paths[path]).toBeUndefined();
});

test("the document names every status of a route, and the codes that come with it", async () => {
  const { app } = await build();
  const { paths } = (await app.inject("/openapi.json")).json() as {
    paths: Record<string, Record<string, { responses: Record<string, object> }>>;
  };
  const { responses } = paths["/things/{id}"]?.post ?? { responses: {} };
  expect(Object.keys(responses)).toEqual(["200", "400", "413", "415", "500"]);
  expect(responses["400"]).toMatchObject({
    content: {
      "application/problem+json": {
        schema: { properties: { code: { enum: ["bad_request", "validation_failed", "malformed_body"] } } },
      },
    },
  });
  expect(Object.keys(paths["/health"]?.get?.responses ?? {})).toEqual(["200", "400", "500"]);
});

test.each([
  ["a method that a path has no route for", "PUT", "/things/7", 405, "method_not_allowed", "POST"],
  ["a method that Fastify knows of and no route has", "QUERY", "/things/7", 405, "method_not_allowed", "POST"],
  ["a path without a route", "GET", "/nothing/7", 404, "not_found", undefined],
  ["a path that cannot be decoded", "POST", "/things/%zz", 400, "bad_request", undefined],
  ["a part of a path that is longer than any id", "POST", `/things/${"x".repeat(300)}`, 404, "not_found", undefined],
] as const)("problem details for %s", async (_name, method, url, status, code, allow) => {
  const { app } = await build();
  const response = await app.inject({ method: method as "GET", url });
  expect(response.headers["content-type"]).toMatch(/^application\/problem\+json/);
  expect(response.json()).toMatchObject({ status, code, instance: url });
  expect(response.headers.allow).toBe(allow);
});

test("a request whose body does not arrive in its time is ended with 408", async () => {
  const { app } = await build({}, { requestTimeoutMs: 300 });
  await app.listen({ host: "127.0.0.1", port: 0 });
  const socket = connect((app.server.address() as AddressInfo).port, "127.0.0.1");
  socket.write("POST /things/1 HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{");
  const [answer] = (await once(socket, "data")) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 408 /);
  await app.close();
});

test("an invalid name is refused with the reason, in linear time", () => {
  const schema = nameText(100);
  const reasons = (name: string) => schema.safeParse(name).error?.issues.map(({ message }) => message);
  expect(schema.parse("  a b ")).toBe("a b");
  expect(reasons(" \u2003")).toEqual(["give a name"]);
  expect(reasons("a\u0001")).toEqual(["give a name without control characters"]);
  expect(reasons("\u202etxt.exe")).toEqual([expect.stringContaining("without characters that change the direction")]);
  expect(reasons("a\u2066b")).toEqual([expect.stringContaining("U+2066 to U+2069")]);
  for (const unseen of ["\u200b", "\u200d\ufe0f", "\u2060\u3164", "\u00ad \u2800"])
    expect(reasons(unseen)).toEqual(["give a name that can be seen; all characters of this one are invisible"]);
  for (const name of ["👩‍💻", "می‌خواهم", "עברית (v2)", "数据 分析"]) expect(schema.parse(name)).toBe(name);
  // A pattern that tries every start of the text against every end would take an hour for a body of maximum length.
  expect(reasons(`${"a".repeat(1_000_000)}\u0001`)).toEqual(["give at most 100 characters"]);
  const { pattern } = z.toJSONSchema(schema, { io: "input" }) as { pattern: string };
  for (const end of ["\u0001", "\u202e"])
    expect(new RegExp(pattern, "u").test(`${"a".repeat(1_000_000)}${end}`)).toBe(false);
  expect(new RegExp(pattern, "u").test("\u200b".repeat(1_000_000))).toBe(false);
});

test("a route that needs a caller says which permission, or the service does not start", async () => {
  const { app } = await build();
  const schema = { security: [{ bearer: [] }] };
  expect(() => app.get("/open", { schema }, async () => 1)).toThrow(
    "GET /open does not say which permission it needs; set `permission` in its schema",
  );
});

test("a role that the permission does not name gets 403 with the roles that it names", async () => {
  const { app } = await build();
  const preHandler = createAuthenticate(createTokenVerifier(KEYS));
  app.get("/things", { preHandler, schema: { permission: "workspaces.write" } }, async () => 1);
  const ask = async (role: Role) => {
    const token = createTokenSigner(KEYS[0] ?? "", 60)({ ...principal, role });
    const { statusCode, body } = await app.inject({ url: "/things", headers: { authorization: `Bearer ${token}` } });
    return { statusCode, body: JSON.parse(body) as unknown };
  };
  for (const role of ["owner", "admin", "member"] as const) expect((await ask(role)).statusCode).toBe(200);
  const detail = "Your role here is viewer; this needs owner, admin or member";
  expect(await ask("viewer")).toMatchObject({ statusCode: 403, body: { code: "forbidden", detail } });
});
