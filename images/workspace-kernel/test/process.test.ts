import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { UNLIMITED } from "@nexus/contract";
import { buildBundle } from "@nexus/testkit/bundle";
import { startPostgres, type TestPostgres } from "@nexus/testkit/postgres";
import { end, freePort, remove, waitFor } from "@nexus/testkit/server-process";
import { createClient, KEY } from "./harness";
import { SocketClient } from "./socket-client";

/** A kernel as its image runs it. */
interface Process {
  readonly child: ChildProcess;
  readonly exited: Promise<number | null>;
  readonly output: () => string;
  readonly lines: () => Record<string, unknown>[];
  readonly errors: () => string;
}

let bundle: string;
let postgres: TestPostgres;
const children = new Set<ChildProcess>();

beforeAll(async () => {
  [bundle, postgres] = await Promise.all([buildBundle("workspace-kernel"), startPostgres()]);
  expect(await start("migrate.js").exited).toBe(0);
}, 60_000);
afterEach(async () => {
  await Promise.all([...children].map((child) => end(child, "SIGKILL")));
  children.clear();
});
afterAll(async () => {
  await postgres?.stop();
  await remove(bundle);
});

function start(entry: string, env: Record<string, string> = {}): Process {
  const database = Object.fromEntries(Object.entries(postgres.settings).map(([key, value]) => [key, String(value)]));
  const place = { HTTP_HOST: "127.0.0.1", HTTP_PORT: "0", WS_PORT: "0", CACHE_DIR: join(bundle, "cache") };
  const small = { MIN_INSTANCES: "0", WORKER_THREADS: "1", SHUTDOWN_DRAIN_MS: "0" };
  const child = spawn(process.execPath, [join(bundle, entry)], {
    env: { ...database, JWT_SECRET_KEY: KEY, ...place, ...small, ...env },
  });
  children.add(child);
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  const exited = new Promise<number | null>((resolve) => child.once("close", resolve));
  const parse = (line: string) => JSON.parse(line) as Record<string, unknown>;
  return { child, exited, output: () => out, lines: () => out.split("\n").slice(0, -1).map(parse), errors: () => err };
}

/** A kernel that is ready, and its URLs. */
async function startServer(env: Record<string, string> = {}) {
  const server = start("server.js", env);
  const urlOf = (suffix: string) => {
    const line = server
      .lines()
      .find(({ message }) => new RegExp(`^listening on port \\d+${suffix}$`).test(String(message)));
    if (!line) throw new Error(`does not listen yet: ${server.errors()}`);
    return `http://127.0.0.1:${String(line.port)}`;
  };
  const status = async (path: string) => (await fetch(`${urlOf("")}${path}`)).status;
  await waitFor("the kernel is ready", async () => expect(await status("/ready")).toBe(200));
  const text = async (path: string) => await (await fetch(`${urlOf("")}${path}`)).text();
  return { ...server, url: urlOf(""), socketUrl: urlOf(" for WebSockets"), status, text };
}

/** Calls of one tenant over HTTP, to one pod unless another one is named. */
function tenant(url: string) {
  const { token, userId } = createClient();
  const send = async (method: string, path: string, payload: object | undefined, at = url) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const response = await fetch(`${at}/api/v1/workspaces${path}`, {
      method,
      headers,
      body: payload && JSON.stringify(payload),
    });
    return (await response.json()) as Record<string, unknown>;
  };
  const create = async (at = url) => String((await send("POST", "", { name: "demo" }, at)).id);
  const run = (id: string, code: string) => send("POST", `/${id}/execute`, { code });
  return { token, userId, send, create, run };
}

test("C7 F6: readiness fails while the database is away and liveness goes on; both answer when it is back", async () => {
  const kernel = await startServer();
  await postgres.halt();
  await waitFor("readiness fails", async () => expect(await kernel.status("/ready")).toBe(503));
  expect(await kernel.status("/health")).toBe(200);
  await postgres.resume();
  await waitFor("readiness answers again", async () => expect(await kernel.status("/ready")).toBe(200));
});

test.each([
  ["MEMORY_LIMIT_MB", "1", /MEMORY_LIMIT_MB: "1" .*\b17\b.*\b2048\b/],
  ["WS_PORT", "70000", /WS_PORT: "70000" .*\b65535\b/],
  ["MULTI_TENANT_MODE", "false", /MULTI_TENANT_MODE: "false" .*\btrue\b/],
])("A26 D13: %s=%s ends the start with 78 and says what is allowed", async (key, value, message) => {
  const server = start("server.js", { [key]: value });
  expect(await server.exited).toBe(78);
  expect(server.errors()).toMatch(message);
});

test.each([
  ["debug", true],
  ["info", true],
  ["warn", false],
  ["error", false],
])("D25: LOG_LEVEL %s is taken, and lets info lines through: %s", async (level, shown) => {
  const port = await freePort();
  const server = start("server.js", { LOG_LEVEL: level, HTTP_PORT: String(port) });
  await waitFor("the kernel is ready", async () =>
    expect((await fetch(`http://127.0.0.1:${port}/ready`)).ok).toBe(true),
  );
  expect(server.lines().some((line) => line.level === "info")).toBe(shown);
});

test("D24: log lines are compact JSON, or with LOG_PRETTY lines for a person", async () => {
  const first = async (pretty: string) => {
    const server = start("server.js", { LOG_PRETTY: pretty });
    return await waitFor("a first line", async () => {
      const [line] = /^.*(?=\n)/.exec(server.output()) ?? [];
      if (line === undefined) throw new Error("nothing yet");
      return line;
    });
  };
  expect(await first("false")).toMatch(/^\{"level":"info",\S.*"message":"starting"\}$/);
  expect(await first("true")).toMatch(/^\[.*INFO.*: .*starting/);
});

test.each(["SIGTERM", "SIGINT", "SIGUSR2"] as const)("X16: %s ends the kernel in order", async (signal) => {
  const kernel = await startServer();
  kernel.child.kill(signal);
  expect(await kernel.exited).toBe(0);
  expect(kernel.lines()).toContainEqual(expect.objectContaining({ message: "stopping", reason: signal }));
  expect(kernel.lines().at(-1)).toMatchObject({ level: "info", message: "stopped" });
});

test("D10: what the environment does not set has its default", async () => {
  const capacity = async (env: Record<string, string>) =>
    /^nexus_workspace_capacity\{.*\} (\d+)$/m.exec(await (await startServer(env)).text("/metrics"))?.[1];
  expect(await capacity({ MAX_WORKSPACES_PER_POD: "7" })).toBe("7");
  expect(await capacity({ MAX_WORKSPACES_PER_POD: "" })).toBe("50");
});

test("D22: metrics count executions, errors by code, time, memory, operations of the host and cache hits", async () => {
  const kernel = await startServer({ TIMEOUT_MS: "1000" });
  const client = tenant(kernel.url);
  const id = await client.create();
  await client.run(id, "state.set('a', 1); state.set('b', 2)");
  await client.run(id, "throw new Error('x')");
  await client.run(id, "let = ");
  await client.run(id, "for (;;);");
  await client.run(id, "var large = new Uint8Array(2e7).fill(1); 0");
  await client.send("PUT", `/${id}/handlers/h`, { code: "return 1" });
  for (let i = 0; i < 3; i += 1) await client.send("POST", `/${id}/handlers/h/invoke`, {});
  const metrics = await kernel.text("/metrics");
  const value = (name: string, labels = "") =>
    Number(new RegExp(`^${name}\\{[^}]*${labels}[^}]*\\} (\\S+)$`, "m").exec(metrics)?.[1]);
  const outcome = (name: string) => value("nexus_executions_total", `outcome="${name}"`);
  expect(["success", "script_error", "syntax_error", "timeout"].map(outcome)).toEqual([5, 1, 1, 1]);
  expect(value("nexus_execution_duration_seconds_count")).toBe(8);
  // One of them ran for its full second.
  expect(value("nexus_execution_duration_seconds_sum")).toBeGreaterThan(1);
  expect(value("nexus_workspace_memory_peak_bytes")).toBeGreaterThan(2e7);
  expect(value("nexus_host_calls_total")).toBe(2);
  expect(value("nexus_code_cache_lookups_total", 'result="hit"')).toBeGreaterThan(0);
});

test("D23: /health counts panels and not sockets, and tells uptime and what the runtime does", async () => {
  const kernel = await startServer();
  const client = tenant(kernel.url);
  const id = await client.create();
  const health = async () => JSON.parse(await kernel.text("/health")) as object;
  expect(await health()).toMatchObject({ runtime: { activePanels: 0, sockets: 0, loadedInstances: 0 } });
  await client.run(id, "view.set('a', 1); view.set('b', 2); view.set('c', 3)");
  await client.run(id, "view.remove('a')");
  const socket = await SocketClient.connect(kernel.socketUrl, client.token);
  expect(await health()).toMatchObject({
    uptimeSeconds: expect.any(Number),
    runtime: { activePanels: 2, sockets: 1, activeWorkspaces: 1, loadedInstances: 1, rssBytes: expect.any(Number) },
  });
  socket.close();
});

test("A61a D18: a workspace that nobody holds goes to the pod with far fewer, and sockets at every pod follow it", async () => {
  const startPod = (name: string) => startServer({ POD_NAME: name, LEASE_MS: "1500" });
  const [full, empty, leaving] = await Promise.all(["full", "empty", "leaving"].map(startPod));
  if (!full || !empty || !leaving) throw new Error("there are three pods");
  const client = tenant(full.url);
  const id = await client.create(leaving.url);
  leaving.child.kill("SIGTERM");
  expect(await leaving.exited).toBe(0);
  for (let count = 0; count < 6; count += 1) await client.create();
  await waitFor("the pods have said how many workspaces they hold", async () => {
    const mine = "name in ('full', 'empty')";
    expect(await postgres.query(`select name, active from kernel.pods where ${mine} order by name`)).toEqual([
      { name: "empty", active: 0 },
      { name: "full", active: 6 },
    ]);
  });
  // A pod's knowledge of the others is up to a second old. A pod that took the workspace because of that gives it back.
  await waitFor("the workspace is held by the pod with fewer", async () => {
    await client.run(id, "1");
    const { ownerPod } = await client.send("GET", `/${id}`, undefined);
    if (ownerPod === "full") for (const step of ["stop", "resume"]) await client.send("POST", `/${id}/${step}`, {});
    expect(ownerPod).toBe("empty");
  });
  const sockets = await Promise.all(
    [full, empty].map(({ socketUrl }) => SocketClient.connect(socketUrl, client.token)),
  );
  for (const socket of sockets) socket.send({ type: "subscribe", workspaceId: id });
  await Promise.all(sockets.map((socket) => socket.next("subscribed")));
  await client.run(id, "view.set('n', 7)");
  for (const socket of sockets) {
    expect(await socket.next("patch")).toMatchObject({ workspaceId: id, panel: "n", value: 7 });
    socket.close();
  }
});

test("F4: a workspace that was made leaves a line with its id and its user", async () => {
  const kernel = await startServer();
  const client = tenant(kernel.url);
  const workspaceId = await client.create();
  expect(kernel.lines()).toContainEqual(
    expect.objectContaining({ message: "Workspace created", level: "info", workspaceId, userId: client.userId }),
  );
});

test("A56b: what a killed pod used and had reserved stays counted in those that go on", async () => {
  const free = { ...UNLIMITED, executionSecondsPerDay: 5 };
  const settings = { PLANS: JSON.stringify({ default: "free", definitions: { free } }), TIMEOUT_MS: "2000" };
  const [killed, other] = await Promise.all([startServer(settings), startServer(settings)]);
  const { token, send, create, run } = tenant(killed.url);
  const today = async () => {
    const response = await fetch(`${other.url}/api/v1/usage`, { headers: { authorization: `Bearer ${token}` } });
    return ((await response.json()) as { history: Record<string, number>[] }).history[0];
  };
  const id = await create();
  expect(await run(id, "1 + 1")).toMatchObject({ result: 2 });
  const lost = run(id, "for (;;);").catch(() => undefined);
  await waitFor("the second execution is reserved and the first settled", async () =>
    expect(await today()).toMatchObject({ executions: 1, reservedSeconds: 2 }),
  );
  await end(killed.child, "SIGKILL");
  await lost;
  const further = await create(other.url);
  const goOn = (code: string) => send("POST", `/${further}/execute`, { code }, other.url);
  expect(await goOn("for (;;);")).toMatchObject({ error: { code: "timeout" } });
  // 2 s were used and 2 s are reserved, so the 5 s of the plan have no room for another execution of 2 s.
  expect(await goOn("1 + 1")).toMatchObject({ code: "rate_limited", limit: 5 });
  await waitFor("it is settled", async () => expect((await today())?.executionSeconds).toBeGreaterThanOrEqual(2));
});
