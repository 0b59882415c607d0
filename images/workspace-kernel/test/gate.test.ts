import { TenantUsage } from "../src/sandbox/tenant-usage";
import { Gate } from "../src/workspaces/gate";

const FULL = { code: "kernel_full", details: { retryAfterSeconds: 10 } };

/** Whether each of them has happened. */
async function states(entries: readonly Promise<unknown>[]): Promise<string[]> {
  const open = new Promise((resolve) => setImmediate(resolve, "waits"));
  return await Promise.all(entries.map((entry) => Promise.race([entry.then(() => "in"), open]) as Promise<string>));
}

beforeEach(() => jest.useFakeTimers({ doNotFake: ["setImmediate"] }));
afterEach(() => jest.useRealTimers());

test("the fewer places are without work, the fewer one tenant may have, and some stay for others", async () => {
  const gate = new Gate(4, new TenantUsage());
  const greedy = [1, 2, 3, 4].map((index) => gate.enter(`greedy ${index}`, "greedy"));
  expect(await states(greedy)).toEqual(["in", "in", "in", "waits"]);
  expect(["greedy 1", "greedy 4", "greedy 5"].map((id) => gate.mustWait(id, "greedy"))).toEqual([false, true, true]);
  expect(gate.mustWait("modest", "modest")).toBe(false);
  expect(await states([gate.enter("modest", "modest")])).toEqual(["in"]);
  const [first] = await Promise.all(greedy.slice(0, 1));
  first?.();
  expect(await states(greedy)).toEqual(["in", "in", "in", "waits"]);
  const [second, third] = await Promise.all(greedy.slice(1, 3));
  second?.();
  third?.();
  expect(await states(greedy)).toEqual(["in", "in", "in", "in"]);
});

/** How many of ten workspaces each tenant may use at once. */
async function shares(gate: Gate, tenants: readonly string[]): Promise<number[]> {
  const all = tenants.map((tenant) => Array.from({ length: 10 }, (_, one) => gate.enter(`${tenant} ${one}`, tenant)));
  all.flat().forEach((entry) => void entry.catch(() => undefined));
  return await Promise.all(all.map(async (own) => (await states(own)).filter((state) => state === "in").length));
}

test("many tenants whose code runs long leave a fifth of the places to the others", async () => {
  const usage = new TenantUsage();
  const gate = new Gate(50, usage);
  const long = Array.from({ length: 12 }, (_, tenant) => `long ${tenant}`);
  for (const tenant of long) usage.add(tenant, 5000);
  usage.add("short", 5);
  const used = await shares(gate, long);
  expect(used.reduce((sum, one) => sum + one)).toBe(40);
  expect(await shares(gate, ["short"])).toEqual([7]);
  expect(gate.mustWait("new 1", "new")).toBe(false);
});

test("a tenant that is not known uses four workspaces at once, until code of it has ended or waits", async () => {
  const usage = new TenantUsage();
  const gate = new Gate(50, usage);
  expect(await shares(gate, ["new", "other"])).toEqual([4, 4]);
  usage.add("new", 5);
  expect(["new 4", "new 9", "new more"].map((id) => gate.mustWait(id, "new"))).toEqual([false, false, false]);
  expect(gate.mustWait("other more", "other")).toBe(true);
});

test("each request waits as long as for a place; one that is refused leaves nothing behind", async () => {
  const gate = new Gate(1, new TenantUsage());
  const leave = await gate.enter("busy", "a");
  const early = gate.enter("late", "b");
  const isEarlyRefused = expect(early).rejects.toMatchObject(FULL);
  jest.advanceTimersByTime(6000);
  const late = gate.enter("late", "b");
  jest.advanceTimersByTime(4000);
  await isEarlyRefused;
  expect(await states([late])).toEqual(["waits"]);
  const isLateRefused = expect(late).rejects.toMatchObject(FULL);
  jest.advanceTimersByTime(6000);
  await isLateRefused;
  leave();
  expect(gate.isIn("late")).toBe(false);
  expect(await states([gate.enter("next", "c")])).toEqual(["in"]);
});
