import { once } from "node:events";
import { createServer } from "node:http";
import { connect, type Socket } from "node:net";
import { listen } from "../../../tests/support/stand-ins/tcp-server";
import { type Front, startFront } from "./front";
import { startUpstream, type Upstream } from "./upstream";

let service: Upstream;
let front: Front;
beforeAll(async () => {
  service = await startUpstream("service");
  front = await startFront({ KERNEL_URL: service.url, KERNEL_WS_URL: service.url, BACKEND_URL: service.url });
});
afterAll(async () => {
  await front.stop();
  await service.stop();
});

test.each([
  "//panels",
  "/api/v1//workspaces",
  "//[/../panels",
  "/api/v1/../v1/workspaces",
  "/api/v1/workspaces/..",
  "/x/./health",
  "//metrics",
  "/api/v1/../../metrics",
  "/api/v1/%2e%2e/%2e%2e/metrics",
  "/api/v1/..%2f..%2fmetrics",
  "/api%2Fv1/workspaces",
  "/api/v1/workspaces\\x",
  "/api/v1/%5c",
])("a path that two readers would read in two ways is refused: %s", async (path) => {
  const before = service.received.length;
  const answer = await front.ask(path, { headers: { connection: "Upgrade", upgrade: "websocket" } });
  expect([answer.status, JSON.parse(answer.body)]).toEqual([400, expect.objectContaining({ code: "bad_request" })]);
  expect(service.received).toHaveLength(before);
});

test("paths with dots, spaces and dashes in names are passed on as they are written", async () => {
  for (const path of ["/api/v1/a.b/..c/d..", "/api/v1/a%20b", "/api/v1/a-b_c~d?x=/../y//z"]) {
    expect((await front.ask(path)).status).toBe(200);
    expect(service.received.at(-1)?.url).toBe(path);
  }
});

test("more sign-ups and log-ins of one address than people make are refused with the time to wait", async () => {
  // Without a trusted proxy, the header does not change the address.
  const forged = (count: number) => ({ method: "POST", headers: { "x-forwarded-for": `192.0.2.${count}` } });
  const asked = Array.from({ length: 80 }, (_, count) => front.ask("/auth/login", forged(count)));
  const answers = await Promise.all(asked);
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThanOrEqual(20);
  expect(answers.length - refused.length).toBeGreaterThanOrEqual(40);
  expect(refused[0]?.headers).toMatchObject({ "content-type": "application/problem+json", "retry-after": "1" });
  expect(JSON.parse(refused[0]?.body ?? "")).toMatchObject({ code: "rate_limited", instance: "/auth/login" });
});

test("behind a proxy that is trusted, the client's address counts and reaches the services with the proxy's", async () => {
  const env = { KERNEL_URL: service.url, KERNEL_WS_URL: service.url, BACKEND_URL: service.url, TRUSTED_PROXIES: "1" };
  const behind = await startFront(env);
  const from = (address: string) =>
    behind.ask("/auth/login", { method: "POST", headers: { "x-forwarded-for": `203.0.113.9, ${address}` } });
  const busy = await Promise.all(Array.from({ length: 80 }, () => from("192.0.2.1")));
  expect(busy.some(({ status }) => status === 429)).toBe(true);
  expect((await from("192.0.2.2")).status).toBe(200);
  expect(service.received.at(-1)?.headers["x-forwarded-for"]).toBe("203.0.113.9, 192.0.2.2, 127.0.0.1");
  await behind.stop();
});

test("2,100 slow bodies of nobody keep no one out, and end soon", async () => {
  // As our services do: a request without a token is refused before the body is read.
  const strict = await listen(
    createServer(({ headers }, response) => {
      response.writeHead(headers.authorization ? 200 : 401, { connection: "close" }).end("{}");
    }),
  );
  const url = `http://127.0.0.1:${strict.port}`;
  const attacked = await startFront({ KERNEL_URL: url, KERNEL_WS_URL: url });
  const slow: Socket[] = [];
  const head = "POST /api/v1/workspaces HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n{";
  for (let count = 0; count < 2100; count += 1) {
    const socket = connect(attacked.port, "127.0.0.1", () => socket.write(head)).on("error", () => undefined);
    slow.push(socket.resume());
  }
  const connecting = slow.filter(({ connecting, closed }) => connecting && !closed);
  await Promise.all(connecting.map((socket) => once(socket, "connect")));
  const others = Array.from({ length: 30 }, () =>
    attacked.ask("/api/v1/workspaces", { headers: { authorization: "Bearer good" } }),
  );
  expect((await Promise.all(others)).map(({ status }) => status)).toEqual(others.map(() => 200));
  await Promise.all(slow.filter(({ closed }) => !closed).map((socket) => once(socket, "close")));
  await attacked.stop();
  await strict.close();
});
