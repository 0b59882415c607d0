import { createClient, type Client, startWorld, type TestKernel, type World } from "./harness";
import { createSocketClients } from "./socket-client";

let world: World;
const { connect, closeAll } = createSocketClients();

beforeAll(async () => {
  world = await startWorld();
});
afterEach(async () => {
  closeAll();
  await world.endAll();
});
afterAll(() => world?.stop());

/** Says as much as one execution may, in texts that do not get smaller. */
const SAY = `
  const text = Array.from({ length: 5400 }, () => Math.random().toString(36).slice(2)).join("").slice(0, 65000);
  let n = 0;
  try { for (; n < 256; n += 1) emit("said", text) } catch (error) { if (error.name !== "LimitError") throw error }
  n`;

const MIB = 1024 * 1024;

async function storedBytes(): Promise<number> {
  const [row] = await world.postgres.query(
    "select coalesce(sum(octet_length(payload)), 0)::float8 as bytes from kernel.stream_entries",
  );
  return Number(row?.bytes);
}

async function timed(client: Client, kernel: TestKernel, id: string): Promise<number> {
  const startedAt = performance.now();
  expect(await client.run(kernel, id, "1 + 1")).toMatchObject({ result: 2 });
  return performance.now() - startedAt;
}

test("a tenant that says as much as it can, in ten workspaces at once, makes nobody wait, and keeps little", async () => {
  const kernel = await world.start({ TIMEOUT_MS: "10000", STREAM_MAX_MB: "1" });
  const [loud, quiet] = [createClient(), createClient()];
  const own = await quiet.create(kernel);
  await timed(quiet, kernel, own);
  const ids = await Promise.all(Array.from({ length: 10 }, () => loud.create(kernel)));
  let ended = false;
  const noise = Promise.all(
    ids.map(async (id) => {
      for (let round = 0; round < 6; round += 1) expect((await loud.run(kernel, id, SAY)).result).toBeGreaterThan(10);
    }),
  ).finally(() => {
    ended = true;
  });
  const waits: number[] = [];
  while (!ended) waits.push(await timed(quiet, kernel, own));
  await noise;
  waits.sort((a, b) => a - b);
  expect(waits[waits.length >> 1]).toBeLessThan(2000);
  // The newest MiB of each, and what was said since it was last looked at.
  expect(await storedBytes()).toBeLessThan(ids.length * 2.5 * MIB);
});

test("a subscriber gets more than a socket may hold, live and later, from its pod and through another", async () => {
  const [here, there] = [await world.start({ TIMEOUT_MS: "10000" }), await world.start({ TIMEOUT_MS: "10000" })];
  const client = createClient();
  const id = await client.create(here);
  await client.run(here, id, "1");
  const live = await Promise.all([here, there].map((kernel) => connect(kernel, client.token)));
  for (const socket of live) {
    socket.send({ type: "subscribe", workspaceId: id });
    await socket.next("panels");
  }
  let said = 0;
  for (let round = 0; round < 3; round += 1) said += Number((await client.run(here, id, SAY)).result);
  expect(said * 65_000).toBeGreaterThan(2.5 * MIB);
  const later = await Promise.all([here, there].map((kernel) => connect(kernel, client.token)));
  for (const socket of later) socket.send({ type: "subscribe", workspaceId: id, since: 0 });
  const all = Array.from({ length: said }, (_, index) => index + 1);
  for (const socket of [...live, ...later]) {
    await socket.next("event", { seq: said });
    expect(socket.seqs).toEqual(all);
  }
});
