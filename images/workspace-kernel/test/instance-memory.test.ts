import { join } from "node:path";
import { buildBundle } from "@nexus/testkit/bundle";
import { remove } from "@nexus/testkit/server-process";
import { InstanceMemory } from "../src/sandbox/instance-memory";
import { SandboxPool } from "../src/sandbox/pool";
import type { WorkspaceImage } from "../src/sandbox/messages";

const MIB = 1024 * 1024;
const NOTHING: WorkspaceImage = { segments: [], memoryBytes: 0, data: { state: {}, panels: {}, streamSeq: 0 } };

describe("admission", () => {
  const unloaded: string[] = [];
  let memory: InstanceMemory;
  const onRoom = jest.fn();

  beforeEach(() => {
    unloaded.length = 0;
    onRoom.mockClear();
    const unload = (id: string) => {
      unloaded.push(id);
      memory.free(id);
    };
    // One that runs counts three times its limit.
    memory = new InstanceMemory({ maxInstances: 100, maxBytes: 70, limitBytes: 10, unload, onRoom });
  });

  test("what was used least recently is unloaded for what runs", () => {
    for (const id of ["a", "b", "c"]) {
      expect(memory.admit(id)).toBe(true);
      memory.rest(id, 15);
    }
    expect(memory.admit("a")).toBe(true);
    expect(memory.admit("d")).toBe(true);
    expect(unloaded).toEqual(["b", "c"]);
  });

  test("what does not fit waits, and is told when there may be room", () => {
    expect([memory.admit("a"), memory.admit("b"), memory.admit("c")]).toEqual([true, true, false]);
    expect(unloaded).toEqual([]);
    expect(onRoom).not.toHaveBeenCalled();
    memory.rest("a", 10);
    expect(onRoom).toHaveBeenCalledTimes(1);
    expect(memory.admit("c")).toBe(true);
  });

  test("what runs apart leaves room for what does not", () => {
    expect(memory.admit("long", 1)).toBe(true);
    expect(memory.admit("longer", 1)).toBe(false);
    expect(memory.admit("short")).toBe(true);
  });

  test("code that waits for the host keeps nobody from running", () => {
    for (const id of ["a", "b", "c", "d", "e", "f", "g", "h"]) {
      expect(memory.admit(id)).toBe(true);
      memory.pause(id);
    }
    expect(memory.admit("a")).toBe(true);
    expect(memory.admit("b")).toBe(false);
  });
});

test("long code keeps nobody from running, also where it takes all the memory that there is", async () => {
  const bundle = await buildBundle("workspace-kernel");
  const pool = await SandboxPool.create({
    workerFile: join(bundle, "worker.js"),
    wasmFile: join(bundle, "quickjs.wasm"),
    workers: 1,
    // Two of them at work.
    maxBytes: 200 * MIB,
    limits: { memoryBytes: 32 * MIB, timeoutMs: 600_000 },
  });
  const run = (tenantId: string, code: string) => {
    const caller = { tenantId, load: async () => NOTHING, onCall: async () => ({}) };
    return pool.run(tenantId, { kind: "cell", code }, caller);
  };
  for (const tenantId of ["a", "b", "c", "d"]) void run(tenantId, "[].includes.call({ length: 2 ** 53 - 1 }, 1)");
  expect(await run("short", "1 + 1")).toMatchObject({ outcome: { result: 2 } });
  await pool.close();
  await remove(bundle);
}, 60_000);

test("workspaces that all fill their memory at once stay within that of the pod, and keep what they hold", async () => {
  const bundle = await buildBundle("workspace-kernel");
  const images = new Map<string, WorkspaceImage>();
  const [limitBytes, maxBytes] = [32 * MIB, 200 * MIB];
  const pool = await SandboxPool.create({
    workerFile: join(bundle, "worker.js"),
    wasmFile: join(bundle, "quickjs.wasm"),
    workers: 2,
    maxBytes,
    limits: { memoryBytes: limitBytes, timeoutMs: 60_000 },
  });
  await pool.build;
  const before = process.memoryUsage().rss;
  let most = 0;
  const run = async (id: string, code: string) => {
    const load = async () => {
      const { segments, ...rest } = images.get(id) ?? NOTHING;
      // Copies: the worker takes them with it.
      return { ...rest, segments: segments.map((segment) => new Uint8Array(segment)) };
    };
    const onCall = async () => ({ value: "null" });
    const end = await pool.run(id, { kind: "cell", code }, { tenantId: id, load, onCall });
    if (end.type !== "done" || !end.change) throw new Error(`${id} has no result`);
    const { segment, full, memoryBytes } = end.change;
    const segments = [...(full ? [] : (images.get(id)?.segments ?? [])), segment];
    images.set(id, { segments, memoryBytes, data: NOTHING.data });
    pool.rest(id, memoryBytes);
    most = Math.max(most, process.memoryUsage().rss - before);
    return end.outcome.result;
  };
  const ids = Array.from({ length: 40 }, (_, index) => `w${index}`);
  const fill = (id: string) => run(id, `var kept = new Uint8Array(12 * ${MIB}).fill(${id.slice(1)}); kept.length`);
  expect(new Set(await Promise.all(ids.map(fill)))).toEqual(new Set([12 * MIB]));
  // 40 of them would take more than 40 times 28 MiB.
  expect(pool.loaded * 28 * MIB).toBeLessThanOrEqual(maxBytes);
  expect(most).toBeLessThan(maxBytes + 300 * MIB);
  for (const id of ids.slice(0, 3)) expect(await run(id, "kept[kept.length - 1]")).toBe(Number(id.slice(1)));
  await pool.close();
  await remove(bundle);
}, 120_000);
