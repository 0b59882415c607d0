import { createClient, startWorld, type TestKernel, type World } from "./harness";
import { createSocketClients } from "./socket-client";

let world: World;
const { connect, closeAll } = createSocketClients();

beforeAll(async () => {
  world = await startWorld();
}, 60_000);
afterEach(closeAll);
afterAll(() => world?.stop());

const metric = async (kernel: TestKernel, name: string) => {
  const { body } = await kernel.app.inject("/metrics");
  return Number(new RegExp(`^${name}\\{[^}]*\\} (\\d+)$`, "m").exec(body)?.[1]);
};

const LIMIT = 4 * 1024 * 1024;

test("MAX_UNREAD_MB: sockets that read nothing are closed, those of the tenant that leaves most, and others keep theirs", async () => {
  const kernel = await world.start({ MAX_UNREAD_MB: "4" });
  const [greedy, other] = [createClient(), createClient()];
  const [id, otherId] = [await greedy.create(kernel), await other.create(kernel)];
  const subscribe = async (token: string, workspaceId: string) => {
    const socket = await connect(kernel, token);
    socket.send({ type: "subscribe", workspaceId });
    await socket.next("subscribed");
    return socket;
  };
  const kept = await subscribe(other.token, otherId);
  const silent = await Promise.all(Array.from({ length: 24 }, () => subscribe(greedy.token, id)));
  for (const socket of silent) socket.pause();
  // The network takes some of it first. Each of them stays below the limit of one socket.
  while ((await metric(kernel, "nexus_unread_closed_total")) === 0) {
    if ((await metric(kernel, "nexus_unread_bytes")) > LIMIT) await new Promise(setImmediate);
    else await greedy.run(kernel, id, "for (let i = 0; i < 3; i++) emit('big', 'x'.repeat(60000))");
  }
  expect(await metric(kernel, "nexus_unread_bytes")).toBeLessThanOrEqual(LIMIT);
  await other.run(kernel, otherId, "emit('small', 1)");
  expect(await kept.next("event")).toMatchObject({ name: "small" });
});
