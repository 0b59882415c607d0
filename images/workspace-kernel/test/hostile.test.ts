import { createClient, startWorld, type TestKernel, type World } from "./harness";
import { HOSTILE_ALLOW_LIST, hostilePrograms } from "./hostile-programs";

const TIMEOUT_MS = 300;

let world: World;
let kernel: TestKernel;
let neighbour: string;
let count = 0;
const client = createClient();

beforeAll(async () => {
  world = await startWorld();
  kernel = await world.start({ TIMEOUT_MS: String(TIMEOUT_MS), WORKER_THREADS: "1", MAX_WORKSPACES_PER_POD: "500" });
  await client.request(kernel, "PUT", "/api/v1/tenant-settings", { httpAllow: HOSTILE_ALLOW_LIST });
  neighbour = await client.create(kernel);
  await client.run(kernel, neighbour, "let count = 0");
}, 60_000);

afterAll(() => world?.stop());

test("the corpus is large", () => {
  expect(hostilePrograms.length).toBeGreaterThanOrEqual(60);
  expect(new Set(hostilePrograms.map(({ code }) => code)).size).toBe(hostilePrograms.length);
});

test.each(hostilePrograms)("contained, and a neighbour goes on: $name", async ({ code, expected }) => {
  const id = await client.create(kernel);
  await client.run(kernel, id, "var kept = 1");
  const attack = client.run(kernel, id, code);
  const startedAt = performance.now();
  count += 1;
  expect(await client.run(kernel, neighbour, "count += 1")).toMatchObject({ result: count, restarted: false });
  // A neighbour in the same worker waits at most for the watchdog, which is at twice the deadline.
  expect(performance.now() - startedAt).toBeLessThan(TIMEOUT_MS + 1000);
  const answer = await attack;
  if ("value" in expected) expect(answer).toMatchObject({ result: expected.value });
  else expect(answer.error).toMatchObject(expected);
  expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThan(500_000);
  // The workspace itself goes on as well, with what it had before.
  expect(await client.run(kernel, id, "kept")).toMatchObject({ result: 1, restarted: false });
  await client.call(kernel, "DELETE", `/${id}`);
});
