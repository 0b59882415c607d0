import { EventEmitter } from "node:events";
import { createRegistry, Turns } from "@nexus/service";
import { captureLog } from "@nexus/testkit/log-capture";
import type { WebSocket } from "ws";
import { createKernelMetrics } from "../src/metrics";
import { Session, type SessionSources } from "../src/sockets/session";
import { WorkspaceHub } from "../src/workspaces/hub";

class FakeSocket extends EventEmitter {
  readonly OPEN = 1;
  readonly readyState = 1;
  readonly bufferedAmount = 0;
  isPaused = false;
  pause() {
    this.isPaused = true;
  }
  resume() {
    this.isPaused = false;
  }
  readonly sent: { readonly type: string; readonly code?: string }[] = [];
  readonly close = jest.fn();
  send(text: string) {
    this.sent.push(JSON.parse(text) as { type: string });
  }
}

const workspaceId = "00000000-0000-4000-8000-000000000001";
const fault = () => {
  throw new Error("a fault of ours");
};

function open(overrides: object) {
  const { log, lines } = captureLog("test");
  const hub = new WorkspaceHub();
  const registry = createRegistry("test");
  const metrics = createKernelMetrics(registry);
  const sources = {
    hub,
    log,
    metrics,
    pod: "p",
    router: { locate: async () => "here" },
    pace: { spend: () => undefined, wait: () => 0 },
    turns: { run: (_tenant: string, work: () => unknown) => work() },
    streams: { catchUp: async () => ({ type: "entries", seq: 0, entries: [] }) },
    holder: { touch: () => undefined },
    presence: { come: () => () => undefined, of: () => [] },
    expiresAt: () => undefined,
    ...overrides,
  } as unknown as SessionSources;
  const socket = new FakeSocket();
  const principal = { userId: "u", tenantId: "t", role: "owner", email: "" } as const;
  new Session(socket as unknown as WebSocket, { principal, token: "a-token", isHop: false }, sources);
  const say = (message: object) => socket.emit("message", Buffer.from(JSON.stringify(message)), false);
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const faults = async (place: string) => {
    const counted = (await registry.getSingleMetric("nexus_faults_total")?.get())?.values ?? [];
    return counted.find(({ labels }) => labels.place === place)?.value ?? NaN;
  };
  return { socket, hub, metrics, faults, lines, say, settle };
}

test("a message that fails because of us ends its socket, and is logged and counted", async () => {
  const { socket, metrics, faults, lines, say, settle } = open({ holder: { touch: fault } });
  const before = await faults("socket");
  say({ type: "subscribe", workspaceId });
  await settle();
  expect(() => say({ type: "ping" })).not.toThrow();
  expect(socket.close).toHaveBeenCalledWith(1011, "failed");
  expect(await faults("socket")).toBe(before + 1);
  expect((await metrics.socketsDropped.get()).values).toContainEqual({ labels: { reason: "failed" }, value: 1 });
  expect(JSON.stringify(lines)).toContain("a fault of ours");
  expect(JSON.stringify(lines)).not.toContain("a-token");
});

test("an entry that fails because of us ends its subscription, and the socket goes on", async () => {
  const { socket, hub, faults, lines, say, settle } = open({});
  const before = await faults("request");
  say({ type: "subscribe", workspaceId });
  await settle();
  const entry = {
    seq: 1,
    kind: "set",
    payload: "1",
    get name() {
      return fault();
    },
  } as const;
  expect(() => hub.publish(workspaceId, { type: "entries", entries: [entry] })).not.toThrow();
  expect(socket.sent.at(-1)).toMatchObject({ type: "error", code: "internal" });
  expect(JSON.stringify(lines)).toContain("a subscription failed");
  expect(await faults("request")).toBe(before + 1);
  say({ type: "ping" });
  expect(socket.sent.at(-1)).toEqual({ type: "pong" });
});

test("a storm of subscriptions asks for little at one time, and for nothing that nobody waits for", async () => {
  let [asked, now, most] = [0, 0, 0];
  const locate = async () => {
    asked += 1;
    most = Math.max(most, (now += 1));
    await new Promise((resolve) => setTimeout(resolve, 20));
    now -= 1;
    return "here";
  };
  const turns = new Turns(2);
  const sockets = Array.from({ length: 10 }, () => open({ router: { locate }, turns }));
  for (let round = 0; round < 20; round += 1) for (const { say } of sockets) say({ type: "subscribe", workspaceId });
  for (const { socket } of sockets) {
    while (!socket.sent.some(({ type }) => type === "subscribed"))
      await new Promise((resolve) => setImmediate(resolve));
    expect(socket.sent.filter(({ type }) => !["hello", "presence"].includes(type))).toEqual([
      expect.objectContaining({ type: "subscribed" }),
    ]);
  }
  expect(most).toBe(2);
  expect(asked).toBeLessThanOrEqual(12);
});

test("a tenant whose sockets say too much together is read later, and loses nothing", async () => {
  let said = 0;
  const pace = { spend: () => (said += 1), wait: () => (said > 80 ? 50 : 0) };
  const sockets = Array.from({ length: 10 }, () => open({ pace }));
  for (let round = 0; round < 8; round += 1) for (const { say } of sockets) say({ type: "ping" });
  expect(sockets.some(({ socket }) => socket.isPaused)).toBe(false);
  for (const { say } of sockets) say({ type: "ping" });
  expect(sockets.every(({ socket }) => socket.isPaused)).toBe(true);
  for (const { socket } of sockets) {
    expect(socket.sent.filter(({ type }) => type === "pong")).toHaveLength(9);
    while (socket.isPaused) await new Promise((resolve) => setTimeout(resolve, 10));
  }
});
