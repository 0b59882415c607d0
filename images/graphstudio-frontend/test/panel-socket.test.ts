import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { WebSocket as Client, type WebSocket as Peer, WebSocketServer } from "ws";
import { PanelSocket, type PanelSocketOptions } from "../src/api/panel-socket";
import type { Person } from "../src/api/document";
import type { Panels } from "../src/api/panels";
import { waitFor } from "@nexus/testkit/server-process";

const ID = "7d8e5a00-1111-4222-8333-123456789abc";

/** A kernel that sends what the test tells it to send. */
class Kernel {
  readonly server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  readonly tokens: (string | null)[] = [];
  readonly heard: Record<string, unknown>[] = [];
  private peer: Peer | undefined;
  /** The first message on a new connection. */
  hello: object = {};

  constructor() {
    this.server.on("connection", (peer, request) => {
      this.peer = peer;
      this.tokens.push(new URL(request.url ?? "/", "http://kernel").searchParams.get("token"));
      peer.on("message", (data: Buffer) => this.heard.push(JSON.parse(data.toString()) as Record<string, unknown>));
      peer.send(JSON.stringify({ type: "hello", pod: "p", ...this.hello }));
    });
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}/panels`;
  }

  say(message: object): void {
    this.peer?.send(JSON.stringify({ workspaceId: ID, ...message }));
  }

  hangUp(code: number): void {
    this.peer?.close(code);
  }

  async hears(count: number): Promise<Record<string, unknown>> {
    await waitFor(`message ${count}`, async () => expect(this.heard.length).toBeGreaterThanOrEqual(count));
    return this.heard[count - 1] ?? {};
  }
}

let kernel: Kernel;
const open: PanelSocket[] = [];

beforeEach(async () => {
  kernel = new Kernel();
  await once(kernel.server, "listening");
});
afterEach(async () => {
  for (const socket of open.splice(0)) socket.close();
  for (const client of kernel.server.clients) client.terminate();
  await new Promise((resolve) => kernel.server.close(resolve));
});

function watch(options: Partial<PanelSocketOptions> = {}) {
  const shown: Panels[] = [];
  const onEnd = jest.fn();
  const asked: boolean[] = [];
  const token = async (fresh: boolean) => {
    asked.push(fresh);
    return `token-${asked.filter(Boolean).length}`;
  };
  const connect = (url: string) => new Client(url) as unknown as WebSocket;
  const live: boolean[] = [];
  const heard: string[] = [];
  const listener = {
    onEnd,
    onPanels: (p: Panels) => shown.push(p),
    onLive: (now: boolean) => live.push(now),
    onDocument: () => void heard.push("document"),
    onPeople: (people: readonly Person[]) => void heard.push(people.map(({ email }) => email).join()),
  };
  const given = { url: kernel.url, workspaceId: ID, token, connect, ...listener };
  open.push(new PanelSocket({ ...given, ...options }));
  const shows = (panels: Panels) => waitFor("the panels", async () => expect(shown.at(-1)).toEqual(panels));
  return { shown, shows, onEnd, asked, live, heard };
}

test("tells who is there, and that the document may have changed: after a change, and when the connection is there", async () => {
  const { heard } = watch();
  await kernel.hears(1);
  kernel.say({ type: "subscribed", seq: 0 });
  kernel.say({
    type: "presence",
    people: [
      { userId: "1", email: "ada" },
      { userId: "2", email: "bob" },
    ],
  });
  kernel.say({ type: "document", version: 3 });
  await waitFor("all of it", async () => expect(heard).toEqual(["document", "ada,bob", "document"]));
});

test("C26: shows the panels as they are, then every change in order", async () => {
  const { shown, shows } = watch();
  expect(await kernel.hears(1)).toEqual({ type: "subscribe", workspaceId: ID });
  kernel.say({ type: "panels", seq: 1, panels: { a: { n: 1, m: { x: 1 } }, b: 2 } });
  kernel.say({ type: "patch", seq: 2, panel: "a", op: "patch", value: { n: null, m: { y: 2 } } });
  kernel.say({ type: "patch", seq: 3, panel: "c", op: "set", value: [3] });
  kernel.say({ type: "patch", seq: 4, panel: "b", op: "remove", value: null });
  await shows({ a: { m: { x: 1, y: 2 } }, c: [3] });
  expect(shown).toHaveLength(4);
});

test("a socket that ended with its token comes back with a new one, after the last entry it saw", async () => {
  const { shows } = watch();
  await kernel.hears(1);
  kernel.say({ type: "panels", seq: 7, panels: { p: 1 } });
  kernel.say({ type: "event", seq: 8, name: "done", payload: null });
  await shows({ p: 1 });
  kernel.hangUp(4401);
  expect(await kernel.hears(2)).toEqual({ type: "subscribe", workspaceId: ID, since: 8 });
  expect(kernel.tokens).toEqual(["token-0", "token-1"]);
  kernel.say({ type: "patch", seq: 9, panel: "p", op: "set", value: 2 });
  await shows({ p: 2 });
});

test("a socket whose pod restarts comes back with the token it had", async () => {
  watch();
  await kernel.hears(1);
  kernel.say({ type: "panels", seq: 3, panels: {} });
  kernel.hangUp(1012);
  expect(await kernel.hears(2)).toMatchObject({ since: 3 });
  expect(kernel.tokens).toEqual(["token-0", "token-0"]);
});

test("a new token is sent before the old one ends", async () => {
  kernel.hello = { expiresAt: new Date(Date.now() + 100).toISOString() };
  const { asked } = watch();
  expect(await kernel.hears(2)).toEqual({ type: "authenticate", token: "token-1" });
  expect([asked, kernel.tokens]).toEqual([[false, true], ["token-0"]]);
});

test.each([
  ["the workspace stopped", { type: "stopped", reason: "idle" }],
  ["somebody stopped it", { type: "error", code: "workspace_stopped" }],
  ["there is none", { type: "error", code: "workspace_not_found" }],
])("is over when %s, and says so once", async (_what, message) => {
  const { onEnd } = watch();
  await kernel.hears(1);
  kernel.say(message);
  await waitFor("the end", async () => expect(onEnd).toHaveBeenCalledTimes(1));
  expect(kernel.tokens).toHaveLength(1);
});

test.each(["owner_moved", "kernel_full", "database_unavailable"])(
  "goes on after %s, which passes: it comes back after the last entry it saw",
  async (code) => {
    const { shows, onEnd, live } = watch();
    await kernel.hears(1);
    kernel.say({ type: "panels", seq: 5, panels: { p: 1 } });
    await shows({ p: 1 });
    kernel.say({ type: "error", code });
    expect(await kernel.hears(2)).toEqual({ type: "subscribe", workspaceId: ID, since: 5 });
    kernel.say({ type: "patch", seq: 6, panel: "p", op: "set", value: 2 });
    await shows({ p: 2 });
    expect(onEnd).not.toHaveBeenCalled();
    expect(live.filter((now, index) => now !== live[index - 1])).toEqual([true, false, true]);
  },
);

test("is over when the session is", async () => {
  const { onEnd } = watch({ token: async () => undefined });
  await waitFor("the end", async () => expect(onEnd).toHaveBeenCalledTimes(1));
  expect(kernel.tokens).toEqual([]);
});

test("goes on trying while nobody can tell whether the session lasts", async () => {
  let attempts = 0;
  watch({
    token: async () => {
      attempts += 1;
      if (attempts === 1) throw new Error("no network");
      return "token";
    },
  });
  expect(await kernel.hears(1)).toMatchObject({ type: "subscribe" });
});

test("shows a text while it is written, and afterwards what the panel keeps", async () => {
  const { shows } = watch();
  await kernel.hears(1);
  kernel.say({ type: "panels", seq: 1, panels: { a: 1, b: 2 } });
  kernel.say({ type: "live", panel: "a", value: { text: "Hel", done: false } });
  await shows({ a: { text: "Hel", done: false }, b: 2 });
  kernel.say({ type: "patch", seq: 2, panel: "a", op: "set", value: { text: "Hello", done: true } });
  kernel.say({ type: "live", panel: "a", value: null });
  await shows({ a: { text: "Hello", done: true }, b: 2 });
  kernel.say({ type: "live", panel: "new", value: { text: "x", done: false } });
  kernel.say({ type: "live", panel: "new", value: null });
  kernel.say({ type: "patch", seq: 3, panel: "b", op: "set", value: 3 });
  await shows({ a: { text: "Hello", done: true }, b: 3 });
});

test("a text that was being written when the connection broke is shown no more", async () => {
  const { shows } = watch();
  await kernel.hears(1);
  kernel.say({ type: "panels", seq: 1, panels: { a: 1 } });
  kernel.say({ type: "live", panel: "a", value: { text: "Hel", done: false } });
  await shows({ a: { text: "Hel", done: false } });
  kernel.hangUp(1012);
  await kernel.hears(2);
  kernel.say({ type: "subscribed", seq: 1 });
  kernel.say({ type: "patch", seq: 2, panel: "b", op: "set", value: 2 });
  await shows({ a: 1, b: 2 });
});
