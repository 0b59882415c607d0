import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";
import { WebSocket } from "ws";
import { buildBundle } from "@nexus/testkit/bundle";
import { end, freePort, remove, waitFor } from "@nexus/testkit/server-process";
import { WorkspaceIds } from "../src/ownership/workspace-ids";
import { createClient, KEY } from "./harness";

/** A kernel as its image runs it, on a separate loopback address that stands for a pod's. */
interface Pod {
  readonly address: string;
  readonly url: string;
  readonly lines: () => Record<string, unknown>[];
  readonly kill: () => Promise<void>;
  /** Asks the process to stop; returns its exit code. */
  readonly terminate: () => Promise<number | null>;
}

let bundle: string;
let [httpPort, wsPort] = [0, 0];
/** The running pods, by address. Starting one takes half a second, so tests share those that they do not end. */
const running = new Map<string, Promise<Pod>>();
const children = new Set<ChildProcess>();

beforeAll(async () => {
  bundle = await buildBundle("workspace-kernel");
  [httpPort, wsPort] = [await freePort(), await freePort()];
});
afterAll(async () => {
  await Promise.all([...children].map((child) => end(child, "SIGKILL")));
  await remove(bundle);
});

async function startPod(address: string, env: Record<string, string> = {}): Promise<Pod> {
  const settings = { HTTP_HOST: address, POD_IP: address, HTTP_PORT: String(httpPort), WS_PORT: String(wsPort) };
  const limits = { MIN_INSTANCES: "0", WORKER_THREADS: "1", TIMEOUT_MS: "1000", CACHE_DIR: join(bundle, "cache") };
  const child = spawn(process.execPath, [join(bundle, "server.js")], {
    env: { JWT_SECRET: KEY, POD_NAME: `kernel-${address}`, ...settings, ...limits, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.add(child);
  let out = "";
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  const url = `http://${address}:${httpPort}`;
  await waitFor("the kernel is ready", async () => {
    if (!(await fetch(`${url}/ready`)).ok) throw new Error("not ready");
  });
  const parse = (line: string) => JSON.parse(line) as Record<string, unknown>;
  const kill = async () => {
    running.delete(address);
    await end(child, "SIGKILL");
  };
  const terminate = async () => {
    child.kill("SIGTERM");
    return await new Promise<number | null>((resolve) => child.once("exit", resolve));
  };
  return { address, url, lines: () => out.split("\n").slice(0, -1).map(parse), kill, terminate };
}

function podAt(address: string): Promise<Pod> {
  const pod = running.get(address) ?? startPod(address);
  running.set(address, pod);
  return pod;
}

const twoPods = () => Promise.all([podAt("127.0.0.2"), podAt("127.0.0.3")]);

function tenant() {
  const { token } = createClient();
  const call = async (
    pod: Pod,
    method: string,
    path: string,
    payload?: object,
    headers: Record<string, string> = {},
  ) => {
    const response = await fetch(`${pod.url}/api/v1/workspaces${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(payload ? { "content-type": "application/json" } : {}),
        ...headers,
      },
      ...(payload ? { body: JSON.stringify(payload) } : {}),
    });
    const text = await response.text();
    return { status: response.status, body: (text ? JSON.parse(text) : {}) as Record<string, unknown> };
  };
  return {
    token,
    call,
    create: async (pod: Pod) => String((await call(pod, "POST", "", { name: "demo" })).body.id),
    run: async (pod: Pod, id: string, code: string) => (await call(pod, "POST", `/${id}/execute`, { code })).body,
  };
}

test("C2 D31: without DATABASE_* the kernel runs, and says that it keeps nothing", async () => {
  const pod = await podAt("127.0.0.2");
  const health = await (await fetch(`${pod.url}/health`)).json();
  expect(health).toMatchObject({ status: "ok", storage: "ephemeral", auth: "shared-key" });
  expect(pod.lines().filter(({ level }) => level === "warn")).toEqual([
    expect.objectContaining({
      message: "no DATABASE_* is set: workspaces live in this pod's memory and end with it",
    }),
  ]);
});

test("C2: every pod passes requests on to the one that holds the workspace", async () => {
  const [a, b] = await twoPods();
  const client = tenant();
  const id = await client.create(a);
  await client.run(a, id, "let n = 41");
  expect(await client.run(b, id, "n + 1")).toMatchObject({ result: 42, restarted: false });
  expect((await client.call(b, "GET", `/${id}`)).body).toMatchObject({ id, ownerPod: "kernel-127.0.0.2" });
  const saved = await client.call(b, "POST", `/${id}/snapshots`, { name: "before" });
  expect(saved.status).toBe(201);
  await client.run(b, id, "n = 0");
  await client.call(b, "POST", `/${id}/restore`, { snapshotId: saved.body.id });
  expect(await client.run(b, id, "n")).toMatchObject({ result: 41 });
  const refused = await client.call(b, "POST", `/${id}/snapshots`, {});
  expect(refused).toMatchObject({ status: 400, body: { code: "validation_failed" } });
  expect((await client.call(b, "DELETE", `/${id}`)).status).toBe(204);
  expect((await client.call(a, "GET", `/${id}`)).body).toMatchObject({ code: "workspace_not_found" });
});

test("a workspace ends with its pod, which every pod says", async () => {
  const [a, b] = await twoPods();
  const client = tenant();
  const id = await client.create(a);
  await a.kill();
  for (const path of ["", "/panels", "/snapshots", "/handlers"])
    expect(await client.call(b, "GET", `/${id}${path}`)).toMatchObject({
      status: 404,
      body: { code: "workspace_ended" },
    });
  expect(await client.run(b, id, "1")).toMatchObject({ code: "workspace_ended" });
  const again = await podAt(a.address);
  for (const pod of [again, b]) expect(await client.run(pod, id, "1")).toMatchObject({ code: "workspace_ended" });
});

test("other tenants and those without a token learn nothing, whichever pod they ask", async () => {
  const [a, b] = await twoPods();
  const id = await tenant().create(a);
  const stranger = tenant();
  for (const pod of [a, b])
    expect(await stranger.call(pod, "GET", `/${id}`)).toMatchObject({
      status: 404,
      body: { code: "workspace_not_found" },
    });
  expect((await fetch(`${b.url}/api/v1/workspaces/${id}`)).status).toBe(401);
});

test("an id that no pod made is followed nowhere", async () => {
  const pod = await podAt("127.0.0.2");
  let connections = 0;
  const trap = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => trap.listen(httpPort, "127.0.0.9", resolve));
  const client = tenant();
  const forged = new WorkspaceIds("127.0.0.9", ["a key of somebody else, 32 letters"]).create();
  expect(await client.call(pod, "GET", `/${forged}`)).toMatchObject({ body: { code: "workspace_not_found" } });
  const signed = new WorkspaceIds("127.0.0.9", [KEY]).create();
  const hop = { "x-nexus-hop": "kernel-127.0.0.3" };
  expect(await client.call(pod, "GET", `/${signed}`, undefined, hop)).toMatchObject({
    body: { code: "workspace_ended" },
  });
  expect(connections).toBe(0);
  trap.close();
});

/** A socket's messages in the order in which they come. */
async function subscribe(pod: Pod, token: string, workspaceId: string) {
  const socket = new WebSocket(`ws://${pod.address}:${wsPort}/panels?token=${token}`);
  const messages: Record<string, unknown>[] = [];
  socket.on("message", (data: Buffer) => messages.push(JSON.parse(data.toString()) as Record<string, unknown>));
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  socket.send(JSON.stringify({ type: "subscribe", workspaceId }));
  const next = (what: object) =>
    waitFor(JSON.stringify(what), async () => expect(messages).toContainEqual(expect.objectContaining(what)));
  return { next, close: () => socket.terminate() };
}

test("C20: panels are streamed through every pod, and end with the workspace's", async () => {
  const [a, b] = await twoPods();
  const client = tenant();
  const id = await client.create(a);
  await client.call(a, "PUT", `/${id}/handlers/tick`, { code: 'view.set("clock", input)' });
  const socket = await subscribe(b, client.token, id);
  await socket.next({ type: "subscribed", workspaceId: id });
  const panel = await client.call(b, "POST", `/${id}/handlers/tick/invoke`, { input: { at: 7 } });
  expect(panel.status).toBe(200);
  await socket.next({ type: "patch", panel: "clock", op: "set", value: { at: 7 } });
  await a.kill();
  await socket.next({ type: "error", workspaceId: id, code: "workspace_ended" });
  socket.close();
});

test("workspaces that nobody holds make room for new ones, and a full pod says so", async () => {
  const env = { EPHEMERAL_MAX_MB: "1", IDLE_WORKSPACE_TIMEOUT_MS: "60000", MAX_WORKSPACES_PER_POD: "100" };
  const pod = await startPod("127.0.0.4", env);
  const client = tenant();
  const ids = [await client.create(pod), await client.create(pod)];
  for (const id of ids) await client.call(pod, "POST", `/${id}/stop`, {});
  let last = { status: 201, body: {} as Record<string, unknown> };
  for (let count = 0; count < 30 && last.status === 201; count += 1)
    last = await client.call(pod, "POST", "", { name: "more" });
  expect(last).toMatchObject({ status: 503, body: { code: "kernel_full" } });
  for (const id of ids) expect((await client.call(pod, "GET", `/${id}`)).status).toBe(404);
});

test.each([
  { timeoutMs: 500, ends: "before the work that still runs", code: 1, result: undefined },
  { timeoutMs: 20_000, ends: "after the work that still runs", code: 0, result: "done" },
])(
  "D31: with SHUTDOWN_TIMEOUT_MS=$timeoutMs the process ends $ends",
  async ({ timeoutMs, code, result }) => {
    const times = { SHUTDOWN_DRAIN_MS: "0", SHUTDOWN_TIMEOUT_MS: String(timeoutMs), TIMEOUT_MS: "10000" };
    const pod = await startPod("127.0.0.5", times);
    const client = tenant();
    const id = await client.create(pod);
    await client.run(pod, id, "1");
    const requests = async () => {
      const metrics = await (await fetch(`${pod.url}/metrics`)).text();
      return metrics.split("\n").filter((line) => line.startsWith("nexus_workspace_requests_total{"));
    };
    const before = await requests();
    const work = "const until = Date.now() + 2500; while (Date.now() < until); 'done'";
    const answer = client.run(pod, id, work).catch(() => ({ result: undefined }));
    await waitFor("the work has begun", async () => expect(await requests()).not.toEqual(before));
    expect(await pod.terminate()).toBe(code);
    expect((await answer).result).toBe(result);
  },
  20_000,
);
