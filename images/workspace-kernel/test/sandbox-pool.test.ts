import { join } from "node:path";
import { buildBundle } from "@nexus/testkit/bundle";
import { remove } from "@nexus/testkit/server-process";
import type { Task, WorkspaceImage } from "../src/sandbox/messages";
import type { TaskEnd } from "../src/sandbox/job";
import { SandboxPool, type SandboxPoolOptions } from "../src/sandbox/pool";

const NOTHING: WorkspaceImage = { segments: [], memoryBytes: 0, data: { state: {}, panels: {}, streamSeq: 0 } };
const cell = (code: string): Task => ({ kind: "cell", code });
const onCall = jest.fn<Promise<{ value: string }>, []>(async () => ({ value: "null" }));
const onWorkerReplaced = jest.fn();
const load = jest.fn(async () => NOTHING);
const caller = { tenantId: "tenant", load, onCall };

let bundle: string;
let pool: SandboxPool;

/** A pool that starts no thread ahead, ready to run tasks at once. */
async function startPool(timeoutMs: number, options: Partial<SandboxPoolOptions> = {}): Promise<SandboxPool> {
  const made = await SandboxPool.create({
    workerFile: join(bundle, "worker.js"),
    wasmFile: join(bundle, "quickjs.wasm"),
    workers: 1,
    limits: { memoryBytes: 32 * 1024 * 1024, timeoutMs },
    standbyDelayMs: 60_000,
    onWorkerReplaced,
    ...options,
  });
  await made.build;
  return made;
}

beforeAll(async () => {
  bundle = await buildBundle("workspace-kernel");
  pool = await startPool(1500);
}, 60_000);

afterAll(async () => {
  await pool?.close();
  await remove(bundle);
});

test("an instance that is given up while it loads is never used again: the next task begins with its own image", async () => {
  const count = cell("var n = (globalThis.n ?? 0) + 1; view.set('p', n); n");
  const first = pool.run("w", count, caller);
  pool.dispose("w");
  const { type } = await first;
  expect(await pool.run("w", count, caller)).toMatchObject({
    outcome: { result: 1 },
    change: { entries: [{ seq: 1, payload: "1" }] },
  });
  expect(await pool.run("w", count, caller)).toMatchObject({
    outcome: { result: 2 },
    change: { entries: [{ seq: 2 }] },
  });
  expect(type).toBe("lost");
});

test("what a task of an instance that was given up asks of the host is not done, and its neighbours go on", async () => {
  const asks = pool.run("asks", cell("await ext.http('https://example.com/')"), caller);
  pool.dispose("asks");
  expect(await pool.run("neighbour", cell("1 + 1"), caller)).toMatchObject({ outcome: { result: 2 } });
  expect((await asks).type).toBe("lost");
  expect(onCall).not.toHaveBeenCalled();
  expect(onWorkerReplaced).not.toHaveBeenCalled();
});

/** A loop inside the engine, which looks at no clock in it. */
const UNINTERRUPTIBLE = "[].includes.call({ length: 2 ** 53 - 1 }, 1)";

const timedOut = { type: "done", outcome: { error: { code: "timeout" } } };

/** Runs code of tenants at once, in the order in which it is given. */
function runAll(codes: readonly (readonly [tenantId: string, code: string])[], at = pool): Promise<TaskEnd>[] {
  return codes.map(([tenantId, code], index) => at.run(`${tenantId}-${index}`, cell(code), { ...caller, tenantId }));
}

test.each([
  ["loops of one tenant", 1, "for (;;);"],
  ["uninterruptible loops of one tenant", 1, UNINTERRUPTIBLE],
  ["uninterruptible loops of more tenants than there are threads", 7, UNINTERRUPTIBLE],
])(
  "%s delay another tenant by none of them",
  async (_what, tenants, code) => {
    const lasting = await startPool(600_000);
    const loops = Array.from({ length: 10 }, (_, index) => [`greedy ${index % tenants}`, code] as const);
    const ends = runAll([...loops, ["modest", "1 + 1"], ["modest", "2 + 2"]], lasting).slice(loops.length);
    expect(await Promise.all(ends)).toMatchObject([{ outcome: { result: 2 } }, { outcome: { result: 4 } }]);
    await lasting.close();
  },
  60_000,
);

test("more loops than there are threads: each has its time, and none is lost", async () => {
  const short = await startPool(500);
  const loops = Array.from({ length: 7 }, (_, index) => [`greedy ${index}`, UNINTERRUPTIBLE] as const);
  for (const end of await Promise.all(runAll(loops, short))) expect(end).toMatchObject(timedOut);
  await short.close();
}, 120_000);

test("what waits for a thread that is stopped is not lost: it runs in the next one", async () => {
  const ends = runAll([
    ["one", UNINTERRUPTIBLE],
    ["one", "1 + 1"],
    ["one", "2 + 2"],
  ]);
  expect(await Promise.all(ends)).toMatchObject([timedOut, { outcome: { result: 2 } }, { outcome: { result: 4 } }]);
}, 60_000);

test("waiting for an answer and for a thread counts as no running time", async () => {
  const busy = jest.fn(async () => {
    expect(await pool.run("busy", cell("for (;;);"), caller)).toMatchObject(timedOut);
    return { value: "null" };
  });
  const end = await pool.run("waits", cell("await ext.http('https://example.com/'); 1"), { ...caller, onCall: busy });
  if (end.type === "lost") throw new Error("the worker was lost");
  expect(busy).toHaveBeenCalledTimes(1);
  expect(end.outcome.durationMs).toBeGreaterThan(1500);
  expect(end.ranMs).toBeLessThan(1500);
}, 60_000);

test("a task that waits behind one whose image is loaded goes on, wherever that one is placed, fails or is given up", async () => {
  for (const end of ["loaded", "failed", "given up"] as const) {
    const two = await startPool(1500, { workers: 2 });
    let loaded: (image: WorkspaceImage) => void = () => undefined;
    let failed: (error: Error) => void = () => undefined;
    const slowly = () => new Promise<WorkspaceImage>((resolve, reject) => ([loaded, failed] = [resolve, reject]));
    // The first and the third task are in one thread; the second one's is the freer one when the image is there.
    const first = two.run("first", cell("1"), { ...caller, load: slowly }).catch((error: Error) => error.message);
    const second = two.run("second", cell("2"), caller);
    const third = two.run("third", cell("3"), caller);
    expect(await second).toMatchObject({ outcome: { result: 2 } });
    if (end === "given up") two.dispose("first");
    if (end === "failed") failed(new Error("away"));
    else loaded(NOTHING);
    expect(await third).toMatchObject({ outcome: { result: 3 } });
    expect(await first).toEqual(
      { loaded: expect.anything(), failed: "away", "given up": { type: "lost", ranMs: 0 } }[end],
    );
    await two.close();
  }
}, 60_000);

/**
 * The engine compares all names with each other as it compiles, and nothing interrupts that. Programs with so many names
 * are refused, but not what they make themselves.
 */
const MANY_NAMES = `eval("let " + Array.from({ length: 60000 }, (_, index) => "a" + index.toString(36)).join())`;

test("code that takes long to be compiled delays its own tenant only", async () => {
  const lasting = await startPool(600_000);
  let isCompiled = false;
  const compiling = runAll([["greedy", MANY_NAMES]], lasting).map((end) => end.then(() => (isCompiled = true)));
  const others = runAll(
    Array.from({ length: 5 }, (_, index) => [`modest ${index}`, "1 + 1"] as const),
    lasting,
  );
  for (const end of await Promise.all(others)) expect(end).toMatchObject({ outcome: { result: 2 } });
  expect(isCompiled).toBe(false);
  await lasting.close();
  await Promise.all(compiling);
}, 60_000);

test("a loop that was given up leaves its thread to others, and in threads apart to its tenant's own code", async () => {
  const lasting = await startPool(600_000);
  // The second time, its tenant is apart.
  for (let time = 0; time < 2; time += 1) {
    const loop = runAll([["greedy", UNINTERRUPTIBLE]], lasting);
    const [first = Promise.reject(new Error("nothing runs"))] = runAll([["modest", "1 + 1"]], lasting);
    expect(await first).toMatchObject({ outcome: { result: 2 } });
    lasting.dispose("greedy-0");
    expect(await Promise.all(loop)).toEqual([{ type: "lost", ranMs: expect.any(Number) }]);
    expect(await Promise.all(runAll([["modest", "2 + 2"]], lasting))).toMatchObject([{ outcome: { result: 4 } }]);
  }
  const own = lasting.run("other", cell("3 + 3"), { ...caller, tenantId: "greedy" });
  expect(await own).toMatchObject({ outcome: { result: 6 } });
  await lasting.close();
}, 60_000);

test("a loop that was given up in a thread that was left to it ends, and keeps no thread from other loops", async () => {
  const lasting = await startPool(600_000);
  onWorkerReplaced.mockClear();
  // More than threads can be left to code.
  for (let index = 0; index < 6; index += 1) {
    const loop = lasting.run("loops", cell(UNINTERRUPTIBLE), { ...caller, tenantId: `greedy ${index}` });
    await new Promise(setImmediate);
    const other = lasting.run("other", cell("1 + 1"), { ...caller, tenantId: "modest" });
    expect(await other).toMatchObject({ outcome: { result: 2 } });
    lasting.dispose("loops");
    const { type, ranMs } = await loop;
    expect(type).toBe("lost");
    expect(ranMs).toBeGreaterThan(0);
  }
  expect(onWorkerReplaced.mock.calls.map(([reason]) => reason)).toEqual(Array(6).fill("long"));
  await lasting.close();
}, 60_000);

test("a task whose idle instance is unloaded for another one loads its image again", async () => {
  const small = await startPool(1500, { maxInstances: 2 });
  const runAs = (tenantId: string, code: string) => small.run(tenantId, cell(code), { ...caller, tenantId });
  await runAs("old", "1");
  small.rest("old", 1);
  const busy = runAs("busy", "for (;;);");
  await new Promise(setImmediate);
  // Nothing runs in the old one yet.
  const both = [runAs("old", "2"), runAs("new", "3")];
  expect(await Promise.all(both)).toMatchObject([{ outcome: { result: 2 } }, { outcome: { result: 3 } }]);
  expect(await busy).toMatchObject(timedOut);
  await small.close();
}, 60_000);

test("code that waits for the host goes on although another tenant's loop shares its thread", async () => {
  let answer: (answer: { value: string }) => void = () => undefined;
  const asked = new Promise<void>((resolve) => {
    onCall.mockImplementationOnce(() => {
      resolve();
      return new Promise((settle) => (answer = settle));
    });
  });
  const ask = cell("(await ext.http('https://example.com/')) ?? 'answered'");
  const waiting = pool.run("waits", ask, { ...caller, tenantId: "patient" });
  await asked;
  const loop = pool.run("loops", cell("for (;;);"), { ...caller, tenantId: "looping" });
  expect(await pool.run("next", cell("1 + 1"), { ...caller, tenantId: "next" })).toMatchObject({
    outcome: { result: 2 },
  });
  answer({ value: "null" });
  expect(await loop).toMatchObject(timedOut);
  expect(await waiting).toMatchObject({ type: "done", outcome: { result: "answered" } });
}, 60_000);

test("instances begin alike: the same code leaves the same pages in each, and one goes on from another's", async () => {
  const code = cell("var made = [1, 2].map((n) => () => n); 1");
  const ends = await Promise.all(["one", "two"].map((id) => pool.run(id, code, caller)));
  const [one, two] = ends.map((end) => (end.type === "done" ? end.change : undefined));
  expect(one?.segment.length).toBeGreaterThan(0);
  expect(Buffer.from(two?.segment ?? [])).toEqual(Buffer.from(one?.segment ?? []));
  const image = { ...NOTHING, segments: [one?.segment ?? new Uint8Array()] };
  expect(await pool.run("three", cell("made[1]()"), { ...caller, load: async () => image })).toMatchObject({
    outcome: { result: 2 },
  });
});

test("an image that cannot be read is the fault of its workspace alone", async () => {
  await pool.run("whole", cell("var kept = 1"), caller);
  const broken = { ...NOTHING, segments: [new Uint8Array([1, 2, 3])] };
  expect(await pool.run("broken", cell("1"), { ...caller, load: async () => broken })).toMatchObject({
    outcome: { error: { code: "sandbox_crashed" }, reset: true },
    change: undefined,
  });
  expect(await pool.run("whole", cell("kept"), caller)).toMatchObject({ outcome: { result: 1 } });
});
