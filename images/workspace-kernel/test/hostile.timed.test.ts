import { AS_IN_PRODUCTION, createClient, startWorld, type TestKernel, type World } from "./harness";
import { HOSTILE_ALLOW_LIST, hostilePrograms } from "./hostile-programs";

/** Endless programs are stopped soon; the others may take as long as a busy machine needs. */
const TIMEOUTS_MS = { endless: 300, ending: 5000 };

interface Attacked {
  readonly kernel: TestKernel;
  readonly neighbour: string;
  readonly timeoutMs: number;
  count: number;
}

let world: World;
let attacked: { readonly endless: Attacked; readonly ending: Attacked };
const client = createClient();

async function startAttacked(timeoutMs: number): Promise<Attacked> {
  const limits = { TIMEOUT_MS: String(timeoutMs), WORKER_THREADS: "1", MAX_WORKSPACES_PER_POD: "500" };
  const kernel = await world.start(limits, AS_IN_PRODUCTION);
  await client.request(kernel, "PUT", "/api/v1/tenant-settings", { httpAllow: HOSTILE_ALLOW_LIST });
  const neighbour = await client.create(kernel);
  await client.run(kernel, neighbour, "let count = 0");
  return { kernel, neighbour, timeoutMs, count: 0 };
}

beforeAll(async () => {
  world = await startWorld();
  attacked = {
    endless: await startAttacked(TIMEOUTS_MS.endless),
    ending: await startAttacked(TIMEOUTS_MS.ending),
  };
});

afterAll(() => world?.stop());

test("the corpus is large", () => {
  expect(hostilePrograms.length).toBeGreaterThanOrEqual(60);
  expect(new Set(hostilePrograms.map(({ code }) => code)).size).toBe(hostilePrograms.length);
});

test.each(hostilePrograms)("contained, and a neighbour goes on: $name", async ({ code, expected }) => {
  const isEndless = "code" in expected && expected.code === "timeout";
  const target = isEndless ? attacked.endless : attacked.ending;
  const { kernel, neighbour, timeoutMs } = target;
  const id = await client.create(kernel);
  await client.run(kernel, id, "var kept = 1");
  const attack = client.run(kernel, id, code);
  const startedAt = performance.now();
  target.count += 1;
  expect(await client.run(kernel, neighbour, "count += 1")).toMatchObject({ result: target.count, restarted: false });
  // Another workspace in the same worker waits at most for the watchdog, which fires at twice the deadline.
  expect(performance.now() - startedAt).toBeLessThan(timeoutMs + 1000);
  const answer = await attack;
  if ("value" in expected) expect(answer).toMatchObject({ result: expected.value });
  else expect(answer.error).toMatchObject(expected);
  expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThan(500_000);
  // The workspace itself also continues, with its earlier content.
  expect(await client.run(kernel, id, "kept")).toMatchObject({ result: 1, restarted: false });
  await client.call(kernel, "DELETE", `/${id}`);
});
