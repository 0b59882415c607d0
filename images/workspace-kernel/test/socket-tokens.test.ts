import { Standing } from "@nexus/service";
import { Credentials } from "../src/sockets/credentials";
import { createClient, startWorld, type World } from "./harness";
import { createSocketClients } from "./socket-client";

let world: World;
const { connect, closeAll } = createSocketClients();

beforeAll(async () => {
  world = await startWorld();
}, 60_000);
afterEach(async () => {
  closeAll();
  await world.endAll();
});
afterAll(() => world?.stop());

test("a socket ends with its token, unless another one came; nothing is missed either way, also at another pod", async () => {
  const [owner, other] = [await world.start(), await world.start()];
  const client = createClient();
  const id = await client.create(owner);
  await client.call(owner, "PUT", `/${id}/handlers/set`, { code: "view.set('p', input); return input" });
  const token = client.tokenFor(2);
  const [ends, stays] = [await connect(other, token), await connect(other, token)];
  for (const socket of [ends, stays]) {
    socket.send({ type: "subscribe", workspaceId: id });
    await socket.next("subscribed");
  }
  const ending = Date.parse(String((await stays.next("hello")).expiresAt));
  stays.send({ type: "authenticate", token: client.token });
  expect(Date.parse(String((await stays.next("authenticated")).expiresAt))).toBeGreaterThan(ending);
  expect(await ends.closed).toBe(4401);
  expect(Date.now()).toBeGreaterThanOrEqual(ending);
  stays.send({ type: "invoke", id: "i", workspaceId: id, handler: "set", input: 7 });
  expect(await stays.next("result")).toMatchObject({ id: "i", result: 7 });
  await stays.next("patch", { seq: 1 });
  const again = await connect(other, client.token);
  again.send({ type: "subscribe", workspaceId: id, since: 0 });
  expect(await again.next("patch")).toMatchObject({ seq: 1, value: 7 });
  expect([ends.seqs, stays.seqs, again.seqs]).toEqual([[], [1], [1]]);
  expect(other.lines).toContainEqual(expect.objectContaining({ level: "info", reason: "token_expired" }));
});

test("neither the token of somebody else nor nonsense replaces the token of a socket", async () => {
  const kernel = await world.start();
  const client = createClient();
  const strangers = [createClient(), createClient("owner")].map(({ token }) => token);
  const socket = await connect(kernel, client.token);
  for (const token of [...strangers, client.tokenFor(-60), "a.b.c"]) {
    socket.messages.length = 0;
    socket.send({ type: "authenticate", token });
    expect(await socket.next("error")).toMatchObject({ code: "unauthorized" });
    expect(kernel.text()).not.toContain(token);
  }
  socket.send({ type: "ping" });
  await socket.next("pong");
});

test("a token that lives longer than a timer can count does not end early", () => {
  jest.useFakeTimers();
  try {
    const dayMs = 86_400_000;
    const ended = jest.fn();
    const expiresAt = Date.now() + 40 * dayMs;
    const principal = { userId: "u", tenantId: "t", role: "owner", email: "" } as const;
    const sources = { identify: async () => undefined, expiresAt: () => expiresAt, standing: new Standing() };
    new Credentials(principal, "token", sources, ended);
    jest.advanceTimersByTime(39 * dayMs);
    expect(ended).not.toHaveBeenCalled();
    jest.advanceTimersByTime(dayMs);
    expect(ended).toHaveBeenCalledTimes(1);
  } finally {
    jest.useRealTimers();
  }
});
