import { once } from "node:events";
import { createServer, get, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { createInterface } from "node:readline";
import { freePort, waitFor } from "@nexus/testkit/server-process";
import { ask, type Front, spawnFront, startFront } from "./front";
import { startUpstream } from "./upstream";

const WORKSPACE = "0b7e3b0e-5a3e-4a39-9c4e-3f2a1b0c9d8e";
let front: Front | undefined;

afterEach(async () => {
  await front?.stop();
  front = undefined;
});

async function startWithoutServices(env: Record<string, string> = {}): Promise<Front> {
  const url = `http://127.0.0.1:${await freePort()}`;
  front = await startFront({ KERNEL_URL: url, KERNEL_WS_URL: url, BACKEND_URL: url, ...env });
  return front;
}

const linesOf = (started: Front, message: string, count: number) =>
  waitFor(`${count} lines "${message}"`, async () => {
    const found = (await started.lines()).filter((line) => line.message === message);
    if (found.length < count) throw new Error(await started.printed());
    return found;
  });

test("B24: nginx starts before the services exist, says so as a problem, and serves them once they are there", async () => {
  const port = await freePort();
  const started = await startWithoutServices({ KERNEL_URL: `http://127.0.0.1:${port}` });
  const down = await started.ask("/api/v1/workspaces");
  expect(down.status).toBe(502);
  expect(down.headers["content-type"]).toBe("application/problem+json");
  expect(JSON.parse(down.body)).toMatchObject({ code: "upstream_unavailable", instance: "/api/v1/workspaces" });
  expect((await started.ask("/health")).status).toBe(502);
  const kernel = await startUpstream("kernel", port);
  expect((await started.ask("/health")).status).toBe(200);
  await kernel.stop();
});

test("a service whose name is not known yet is a problem too", async () => {
  const started = await startWithoutServices({ BACKEND_URL: "http://graphstudio-backend.invalid:3000" });
  const answer = await started.ask("/auth/login");
  expect(answer.status).toBe(502);
  expect(JSON.parse(answer.body)).toMatchObject({ code: "upstream_unavailable" });
});

test("B28 D26: a request is one JSON line, without its query", async () => {
  const started = await startWithoutServices();
  await started.ask(`/api/v1/workspaces/${WORKSPACE}/execute?token=secret`, { method: "POST" });
  await started.ask('/%22quoted"?token=secret');
  const [call, page] = await linesOf(started, "request", 2);
  expect(call).toEqual({
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    level: "warn",
    service: "graphstudio-frontend",
    message: "request",
    workspaceId: WORKSPACE,
    userId: null,
    method: "POST",
    url: `/api/v1/workspaces/${WORKSPACE}/execute`,
    status: 502,
    durationMs: expect.any(Number),
    requestId: expect.stringMatching(/^[0-9a-f]{32}$/),
  });
  expect(page).toMatchObject({ level: "info", workspaceId: null, url: '/%22quoted"', status: 200 });
  expect(Math.abs(Date.parse(String(call?.timestamp)) - Date.now())).toBeLessThan(60_000);
});

test("D26: the duration is in milliseconds", async () => {
  const kernel = await startUpstream("kernel");
  const started = await startWithoutServices({ KERNEL_URL: kernel.url });
  await started.ask("/api/v1/slow");
  await kernel.stop();
  const [line] = await linesOf(started, "request", 1);
  expect(line?.durationMs).toBeGreaterThanOrEqual(490);
  expect(line?.durationMs).toBeLessThan(5000);
});

test("B22: the log starts with the start-up lines, and neither probes nor a missing neighbour make an error of it", async () => {
  const started = await startWithoutServices();
  await started.ask("/-/alive");
  await started.ask("/health");
  await started.ask("/account/me?token=secret");
  await linesOf(started, "request", 1);
  await linesOf(started, `listening on port ${started.port}`, 1);
  const lines = await started.lines();
  expect(lines[0]).toMatchObject({ level: "info", message: "starting", workspaceId: null, userId: null });
  expect(lines.filter(({ level }) => level === "error")).toEqual([]);
  expect(lines.map(({ url }) => url).filter(Boolean)).toEqual(["/account/me"]);
  expect(lines.some(({ message }) => String(message).includes("while connecting to upstream"))).toBe(true);
  expect(await started.printed()).not.toContain("secret");
});

test("no spelling of a query gets its token into the error log", async () => {
  const started = await startWithoutServices();
  const queries = ["token=secret", "x=,&token=secret", 'x="&token=secret', 'token=secret"', 'x?,"y&token=secret,', "?"];
  for (const query of queries) await started.ask(`/account/me?${query}`);
  const failed = async () =>
    (await started.lines()).filter(({ message }) => String(message).includes("while connecting to upstream"));
  await waitFor("all failures are logged", async () => expect(await failed()).toHaveLength(queries.length));
  for (const { message } of await failed()) expect(message).toMatch(/ host: "[^"]+"$/);
  expect(await started.printed()).not.toContain("secret");
});

const SECRET = `secret${"0".repeat(40)}`;

test.each([
  ["/join#token=secret", "/join"],
  ['/join#secret,"x', "/join"],
  ["/account/me#secret?secret", "/account/me"],
  ["/account/me;token=secret/x", "/account/me"],
  ["/account/me%23secret", "/account/me"],
  ["/account/me%3Ftoken=secret%3fsecret", "/account/me"],
  ["/account/me%3btoken=secret", "/account/me"],
  [`/join/${SECRET}`, "/join/…"],
  [`/account/reset/${SECRET}/x/${SECRET}`, "/account/reset/…"],
  [`/account/reset/%73${SECRET}?secret`, "/account/reset/…"],
  [`/account/tenants/${WORKSPACE}/keys`, `/account/tenants/${WORKSPACE}/keys`],
  ["/account/50%25%2b", "/account/50%25%2b"],
])("neither log holds what may be a token of a path: %s", async (path, shown) => {
  const started = await startWithoutServices();
  const socket = connect(started.port, "127.0.0.1");
  // Kept open: nginx gives up on a service whose client is gone.
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  socket.resume();
  await once(socket, "close");
  expect((await linesOf(started, "request", 1)).map(({ url }) => url)).toEqual([shown]);
  const hasFailed = path.startsWith("/account/");
  await waitFor("a failure is logged", async () => {
    const lines = await started.lines();
    expect(lines.some(({ message }) => String(message).includes("while connecting to upstream"))).toBe(hasFailed);
  });
  expect(await started.printed()).not.toContain("secret");
});

test("lines of a log come as they are written, and a log that has nothing to say for long stays open, as no other answer does", async () => {
  const answers = new Map<string, ServerResponse>();
  const backend = createServer(({ url = "" }, response) => {
    answers.set(url, response);
    response.writeHead(200, { "content-type": "application/x-ndjson", "x-accel-buffering": "no" });
    response.write("first\n");
  }).listen(0, "127.0.0.1");
  await once(backend, "listening");
  const url = `http://127.0.0.1:${(backend.address() as AddressInfo).port}`;
  const usual = "proxy_read_timeout 60s;";
  const started = await startFront({ KERNEL_URL: url, KERNEL_WS_URL: url, BACKEND_URL: url }, (configuration) => {
    expect(configuration).toContain(usual);
    return configuration.replace(usual, "proxy_read_timeout 1s;");
  });
  front = started;
  const open = async (path: string) => {
    const [answer] = (await once(get({ port: started.port, path, agent: false }), "response")) as [IncomingMessage];
    const lines = createInterface({ input: answer.on("error", () => undefined) })[Symbol.asyncIterator]();
    expect(await lines.next()).toMatchObject({ value: "first" });
    return { answer, lines };
  };
  const path = "/api/kubernetes/deployments/1d3f4a3e/pods/web-1/logs?follow=true";
  const log = await open(path);
  const scan = await open("/api/kubernetes/clusters/1d3f4a3e/scan-infra");
  await new Promise((resolve) => scan.answer.once("close", resolve));
  expect(scan.answer.complete).toBe(false);
  answers.get(path)?.end("last\n");
  expect(await log.lines.next()).toMatchObject({ value: "last" });
  backend.closeAllConnections();
  backend.close();
});

test("LOG_LEVEL decides which requests are logged", async () => {
  const verbose = await startWithoutServices({ LOG_LEVEL: "debug" });
  await verbose.ask("/-/alive");
  expect((await linesOf(verbose, "request", 1))[0]).toMatchObject({ level: "debug", url: "/-/alive" });
  await verbose.stop();
  const quiet = await startWithoutServices({ LOG_LEVEL: "warn" });
  await quiet.ask("/");
  await quiet.ask("/auth/login");
  expect(await linesOf(quiet, "request", 1)).toMatchObject([{ level: "warn", url: "/auth/login" }]);
  expect(await quiet.printed()).not.toContain('"level":"info"');
});

test("a wrong environment ends the start with 78 and names all problems", async () => {
  const env = {
    KERNEL_URL: "kernel:3000",
    BACKEND_URL: 'http://b/x";}',
    NEXUS_OS_URL: "nexus-os",
    LOG_LEVEL: "loud",
    HTTP_PORT: "80",
  };
  const { child, printed, cleanUp } = await spawnFront(env);
  const code = await new Promise((resolve) => child.once("exit", resolve));
  expect(code).toBe(78);
  const line = JSON.parse(await printed()) as Record<string, unknown>;
  await cleanUp();
  expect(line).toMatchObject({ level: "error", service: "graphstudio-frontend" });
  for (const problem of [
    "KERNEL_URL: 'kernel:3000' is not http://host:port without a path",
    "KERNEL_WS_URL is not set; give http://host:port, the host with its full name",
    "BACKEND_URL: 'http://b/x\";}' is not http://host:port without a path",
    "NEXUS_OS_URL: 'nexus-os' is not http://host:port without a path",
    "LOG_LEVEL: 'loud' is not debug, info, warn or error",
    "HTTP_PORT: '80' is not a port from 1024 to 65535",
  ]) {
    expect(line.message).toContain(problem);
  }
});

test("D31: the stop signal of the image lets an open request end and refuses new ones", async () => {
  let arrived: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => (arrived = resolve));
  let finish: () => void = () => undefined;
  const kernel = createServer((_request, response) => {
    finish = () => response.end("done");
    arrived();
  });
  const port = await freePort();
  await new Promise<void>((resolve) => kernel.listen(port, "127.0.0.1", resolve));
  const started = await startWithoutServices({ KERNEL_URL: `http://127.0.0.1:${port}` });
  const open = started.ask("/api/v1/workspaces");
  await reached;
  const stopped = started.stop("SIGQUIT");
  await waitFor("new connections are refused", async () => {
    const refused = await ask(started.port, "/-/alive").then(
      () => false,
      () => true,
    );
    if (!refused) throw new Error("still accepting");
  });
  finish();
  expect(await open).toMatchObject({ status: 200, body: "done" });
  expect(await stopped).toBe(0);
  kernel.close();
  front = undefined;
});
