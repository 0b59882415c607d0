import { join } from "node:path";
import { buildBundle } from "@nexus/testkit/bundle";
import { remove } from "@nexus/testkit/server-process";
import type { Task, WorkspaceImage } from "../src/sandbox/messages";
import { SandboxPool } from "../src/sandbox/pool";

const NOTHING: WorkspaceImage = { segments: [], memoryBytes: 0, data: { state: {}, panels: {}, streamSeq: 0 } };
const cell = (code: string): Task => ({ kind: "cell", code });
const onCall = jest.fn(async () => ({ value: "null" }));
const onWorkerReplaced = jest.fn();
const caller = { tenantId: "tenant", onCall };

let bundle: string;
let pool: SandboxPool;

beforeAll(async () => {
  bundle = await buildBundle("workspace-kernel");
  pool = await SandboxPool.create({
    workerFile: join(bundle, "worker.js"),
    wasmFile: join(bundle, "quickjs.wasm"),
    workers: 1,
    limits: { memoryBytes: 32 * 1024 * 1024, timeoutMs: 500 },
    standbyDelayMs: 60_000,
    onWorkerReplaced,
  });
  // Tasks go to the worker at once from here on.
  await pool.buildId;
}, 60_000);

afterAll(async () => {
  await pool?.close();
  await remove(bundle);
});

test("an instance that is given up while it loads is never used again: the next task begins with its own image", async () => {
  const count = cell("var n = (globalThis.n ?? 0) + 1; view.set('p', n); n");
  const first = pool.run("w", count, NOTHING, caller);
  pool.dispose("w");
  const { type } = await first;
  expect(await pool.run("w", count, NOTHING, caller)).toMatchObject({
    outcome: { result: 1 },
    change: { entries: [{ seq: 1, payload: "1" }] },
  });
  expect(await pool.run("w", count, undefined, caller)).toMatchObject({
    outcome: { result: 2 },
    change: { entries: [{ seq: 2 }] },
  });
  expect(type).toBe("lost");
});

test("what a task of an instance that was given up asks of the host is not done, and its neighbours go on", async () => {
  const asks = pool.run("asks", cell("await ext.http('https://example.com/')"), NOTHING, caller);
  pool.dispose("asks");
  expect(await pool.run("neighbour", cell("1 + 1"), NOTHING, caller)).toMatchObject({ outcome: { result: 2 } });
  expect((await asks).type).toBe("lost");
  expect(onCall).not.toHaveBeenCalled();
  expect(onWorkerReplaced).not.toHaveBeenCalled();
});

test("tenants take turns: who sends many endless loops delays another by one of them", async () => {
  const ended: string[] = [];
  const run = async (workspace: string, tenant: string, code: string) => {
    await pool.run(workspace, cell(code), NOTHING, { tenantId: tenant, onCall });
    ended.push(tenant);
  };
  const loops = ["l1", "l2", "l3", "l4"].map((workspace) => run(workspace, "greedy", "for (;;);"));
  await Promise.all([...loops, run("m1", "modest", "1 + 1"), run("m2", "modest", "2 + 2")]);
  expect(ended).toEqual(["greedy", "modest", "greedy", "modest", "greedy", "greedy"]);
});

test("instances begin alike: the same code leaves the same pages in each, and one goes on from another's", async () => {
  const code = cell("var made = [1, 2].map((n) => () => n); 1");
  const ends = await Promise.all(["one", "two"].map((id) => pool.run(id, code, NOTHING, caller)));
  const [one, two] = ends.map((end) => (end.type === "done" ? end.change : undefined));
  expect(one?.segment.length).toBeGreaterThan(0);
  expect(Buffer.from(two?.segment ?? [])).toEqual(Buffer.from(one?.segment ?? []));
  const image = { ...NOTHING, segments: [one?.segment ?? new Uint8Array()] };
  expect(await pool.run("three", cell("made[1]()"), image, caller)).toMatchObject({ outcome: { result: 2 } });
});

test("an image that cannot be read is the fault of its workspace alone", async () => {
  await pool.run("whole", cell("var kept = 1"), NOTHING, caller);
  const broken = { ...NOTHING, segments: [new Uint8Array([1, 2, 3])] };
  expect(await pool.run("broken", cell("1"), broken, caller)).toMatchObject({
    outcome: { error: { code: "sandbox_crashed" }, reset: true },
    change: undefined,
  });
  expect(await pool.run("whole", cell("kept"), undefined, caller)).toMatchObject({ outcome: { result: 1 } });
});
