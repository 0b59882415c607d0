import { request } from "node:http";
import { type Front, startFront } from "./front";
import { startUpstream, type Upstream } from "./upstream";

let kernel: Upstream;
let sockets: Upstream;
let backend: Upstream;
let nexusOs: Upstream;
let front: Front;

beforeAll(async () => {
  [kernel, sockets, backend, nexusOs] = await Promise.all([
    startUpstream("kernel"),
    startUpstream("sockets"),
    startUpstream("backend"),
    startUpstream("nexus-os"),
  ]);
  const apis = { KERNEL_URL: kernel.url, BACKEND_URL: backend.url, NEXUS_OS_URL: nexusOs.url };
  front = await startFront({ ...apis, KERNEL_WS_URL: sockets.url });
});
afterAll(async () => {
  await front?.stop();
  await Promise.all([kernel, sockets, backend, nexusOs].map((upstream) => upstream?.stop()));
});
beforeEach(() => [kernel, sockets, backend, nexusOs].forEach((upstream) => upstream.received.splice(0)));

test.each([
  ["/api/v1/workspaces?limit=2", "kernel"],
  ["/auth/login", "backend"],
  ["/account/me?x=1", "backend"],
  ["/api/kubernetes/clusters?x=1", "backend"],
  ["/api/settings?x=1", "backend"],
  ["/api/settings/MODE", "backend"],
  ["/ai/v1/chat?x=1", "nexus-os"],
])("%s goes unchanged to the %s", async (path, name) => {
  const answer = await front.ask(path, { method: "POST", headers: { authorization: "Bearer t" }, body: '{"a":1}' });
  expect(JSON.parse(answer.body)).toEqual({ name });
  const [received] = { kernel, backend, "nexus-os": nexusOs }[name]?.received ?? [];
  expect(received).toMatchObject({ method: "POST", url: path, body: '{"a":1}' });
  expect(received?.headers).toMatchObject({ authorization: "Bearer t", "x-forwarded-for": "127.0.0.1" });
  expect(received?.headers["x-request-id"]).toMatch(/^[0-9a-f]{32}$/);
});

test("B24: /health is answered after asking the kernel", async () => {
  const answer = await front.ask("/health?verbose");
  expect(answer).toMatchObject({ status: 200, body: '{"name":"kernel"}' });
  expect(kernel.received.map(({ url }) => url)).toEqual(["/health"]);
});

test.each([
  ["/api/v1/openapi.json", "kernel"],
  ["/auth/openapi.json?x=1", "backend"],
  ["/ai/openapi.json", "nexus-os"],
])("%s is what the %s says about itself", async (path, name) => {
  const answer = await front.ask(path);
  expect(answer).toMatchObject({ status: 200, body: JSON.stringify({ name }) });
  const { received } = { kernel, backend, "nexus-os": nexusOs }[name] ?? kernel;
  expect(received.map(({ url }) => url)).toEqual(["/openapi.json"]);
});

test("/-/alive is answered by nginx alone", async () => {
  expect(await front.ask("/-/alive")).toMatchObject({ status: 200, body: '{"status":"ok"}' });
  expect(kernel.received).toEqual([]);
});

test.each(["/metrics", "/metrics/", "/ready", "/openapi.json", "/%6detrics", "/api/v2/workspaces"])(
  "%s is not passed on",
  async (path) => {
    const answer = await front.ask(path);
    expect(answer.status).toBe(404);
    expect(answer.headers["content-type"]).toBe("application/problem+json");
    expect(JSON.parse(answer.body)).toMatchObject({ status: 404, code: "not_found" });
    expect([...kernel.received, ...backend.received]).toEqual([]);
  },
);

test("C20: /panels is upgraded on the kernel's WebSocket port", async () => {
  const status = await new Promise((resolve, reject) => {
    const upgrade = request({
      host: "127.0.0.1",
      port: front.port,
      path: "/panels?token=abc",
      headers: { connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13" },
    });
    upgrade.on("upgrade", (response, socket) => {
      socket.destroy();
      resolve(response.statusCode);
    });
    upgrade.on("error", reject).on("response", (response) => resolve(response.statusCode));
    upgrade.end();
  });
  expect(status).toBe(101);
  expect(sockets.received[0]).toMatchObject({ url: "/panels?token=abc", headers: { upgrade: "websocket" } });
});

test("any other path is the app, so that an address can be opened again", async () => {
  const answer = await front.ask("/workspaces/0b7e3b0e-5a3e-4a39-9c4e-3f2a1b0c9d8e");
  expect(answer).toMatchObject({ status: 200, body: expect.stringContaining("<title>Nexus Studio</title>") });
  expect(answer.headers["cache-control"]).toBe("no-cache");
});

test("assets are kept for good, sent packed, and a missing one is an error and not the app", async () => {
  const asset = await front.ask("/assets/app-1a2b.js", { headers: { "accept-encoding": "gzip" } });
  expect(asset).toMatchObject({ status: 200, body: "packed" });
  expect(asset.headers).toMatchObject({
    "cache-control": "public, max-age=31536000, immutable",
    "content-encoding": "gzip",
    vary: "Accept-Encoding",
  });
  const missing = await front.ask("/assets/app-gone.js");
  expect(missing).toMatchObject({ status: 404, headers: { "content-type": "application/problem+json" } });
  expect(missing.headers["cache-control"]).toBe("no-store");
});

test.each(["/", "/assets/app-1a2b.js", "/api/v1/workspaces", "/api/v1/teapot", "/metrics"])(
  "%s carries the security headers once",
  async (path) => {
    const { headers } = await front.ask(path);
    expect(headers).toMatchObject({
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "referrer-policy": "no-referrer",
    });
    const policy = String(headers["content-security-policy"]);
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("unsafe");
    expect(headers.server).toBe("nginx");
  },
);

test("what the services answer is never kept by a cache", async () => {
  for (const path of ["/account/me", "/ai/v1/models", "/api/v1/workspaces", "/api/kubernetes/clusters"])
    expect((await front.ask(path)).headers["cache-control"]).toBe("no-store");
});

test("a status that a service chose is left alone", async () => {
  expect(await front.ask("/api/v1/teapot")).toMatchObject({ status: 418, body: '{"name":"kernel"}' });
});

test.each([
  ["TRACE", "/", "GET, HEAD"],
  ["TRACE", "/workspaces/7", "GET, HEAD"],
  ["TRACE", "/panels", "GET, HEAD"],
  ["TRACE", "/auth/login", "GET, HEAD, POST, PUT, DELETE"],
  ["TRACE", "/api/v1/workspaces", "GET, HEAD, POST, PUT, DELETE"],
  ["POST", "/assets/app-1a2b.js", "GET, HEAD"],
])("a method that is not taken is told which are: %s %s", async (method, path, allow) => {
  const { status, headers, body } = await front.ask(path, { method });
  expect({ status, allow: headers.allow, code: (JSON.parse(body) as { code: string }).code }).toEqual({
    status: 405,
    allow,
    code: "method_not_allowed",
  });
  expect([...kernel.received, ...backend.received, ...sockets.received]).toEqual([]);
});

test("only a refusal says which methods are taken, and a service's own word for it is left alone", async () => {
  expect((await front.ask("/workspaces")).headers.allow).toBeUndefined();
  expect((await front.ask("/api/v1/only-get", { method: "PUT" })).headers.allow).toBe("GET");
});

test("a body over 1 MiB is a problem, one of exactly 1 MiB passes", async () => {
  const size = 1024 * 1024;
  expect(await front.ask("/api/v1/x", { method: "POST", body: "x".repeat(size) })).toMatchObject({ status: 200 });
  kernel.received.splice(0);
  const headers = { "content-length": String(size + 1) };
  const refused = await front.ask("/api/v1/x", { method: "POST", headers, body: "x".repeat(size + 1) });
  expect(refused.status).toBe(413);
  expect(JSON.parse(refused.body)).toMatchObject({ status: 413, code: "body_too_large", instance: "/api/v1/x" });
  expect(kernel.received).toEqual([]);
});
