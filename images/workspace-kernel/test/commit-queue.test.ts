import { CommitQueue, type CommitQueueOptions } from "../src/store/commit-queue";
import { bytesOf, type WorkspaceWrite } from "../src/store/commit-store";
import { WriteBudget } from "../src/store/write-budget";

function queueOf(write: CommitQueueOptions["write"], tenantBytesPerSecond = Number.POSITIVE_INFINITY) {
  return new CommitQueue({ write, budget: new WriteBudget(tenantBytesPerSecond) });
}

test("two writes of one workspace never go together, so that the answer to one is not taken for the other's", async () => {
  const batches: string[][] = [];
  let begin = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  // Only the write of the later owner is accepted.
  const queue = queueOf(async (writes) => {
    await begun;
    batches.push(writes.map(({ id, epoch }) => `${id}${epoch}`));
    return new Set(writes.filter(({ epoch }) => epoch === 3).map(({ id }) => id));
  });
  const write = (id: string, epoch: number): WorkspaceWrite => ({ id, epoch, baseSeq: 0, change: undefined });
  const results = [write("x", 3), write("w", 2), write("y", 3), write("w", 3), write("z", 3)].map((each) =>
    queue.submit("tenant", each),
  );
  begin();
  expect(await Promise.all(results)).toEqual([true, false, true, true, true]);
  expect(batches).toEqual([["x3"], ["w2", "y3"], ["w3", "z3"]]);
});

/** A database that writes when it is told to, and shows what it was given. */
function slowDatabase() {
  const batches: string[][] = [];
  const waiting: (() => void)[] = [];
  const queue = queueOf(async (writes) => {
    batches.push(writes.map(({ id }) => id));
    await new Promise<void>((resolve) => waiting.push(resolve));
    return new Set(writes.map(({ id }) => id));
  });
  const next = async () => {
    waiting.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { batches, queue, next };
}

/** What one execution says: entries of 64 KiB. */
function said(id: string, kib: number): WorkspaceWrite {
  const payload = JSON.stringify("x".repeat(64 * 1024 - 2));
  const entries = Array.from({ length: kib / 64 }, (_, seq) => ({ seq, kind: "event" as const, name: "e", payload }));
  const change = { segment: new Uint8Array(), full: false, memoryBytes: 0, entries };
  return { id, epoch: 1, baseSeq: 0, change };
}

test("entries count in the size of a batch, as pages, state, panels and answers do", async () => {
  const { batches, queue, next } = slowDatabase();
  for (const id of ["first", "a", "b", "c", "d", "e"]) void queue.submit("tenant", said(id, 1024));
  await next();
  expect(batches).toEqual([["first"], ["a", "b", "c"]]);
  const text = JSON.stringify("x".repeat(1024 * 1024));
  const answer = { key: { scope: "s", key: "k", requestHash: "h" }, answer: { status: 200, body: text } };
  const change = { segment: new Uint8Array(1024), full: false, memoryBytes: 0, entries: [] };
  for (const large of [{ state: { s: text } }, { panels: { p: text } }])
    expect(bytesOf({ id: "x", epoch: 1, baseSeq: 0, change: { ...change, ...large } })).toBeGreaterThan(1024 * 1024);
  expect(bytesOf({ id: "x", epoch: 1, baseSeq: 0, change, answer })).toBeGreaterThan(1024 * 1024);
});

test("tenants take turns: whoever writes much waits for itself, and a small write passes what is large", async () => {
  const { batches, queue, next } = slowDatabase();
  for (const id of ["a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8"]) void queue.submit("a", said(id, 1024));
  void queue.submit("b", said("b0", 1024));
  void queue.submit("b", said("small", 64));
  expect(batches).toEqual([["a0"], ["small"]]);
  await next();
  expect(batches[2]).toEqual(["a1", "b0", "a2"]);
});

test("who wrote more than its share waits for it, and nobody else does", async () => {
  jest.useFakeTimers({ doNotFake: ["setImmediate", "nextTick", "queueMicrotask"] });
  const written: string[] = [];
  const queue = queueOf(async (writes) => {
    written.push(...writes.map(({ id }) => id));
    return new Set(writes.map(({ id }) => id));
  }, 1024 * 1024);
  for (const id of ["a1", "a2", "a3", "a4", "a5", "a6", "a7"]) void queue.submit("a", said(id, 1024));
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  await settled();
  // As much as in four seconds at once.
  expect(written).toEqual(["a1", "a2", "a3", "a4"]);
  await queue.submit("b", said("b1", 1024));
  expect(written.at(-1)).toBe("b1");
  jest.advanceTimersByTime(900);
  await settled();
  expect(written.slice(4)).toEqual(["b1", "a5"]);
  jest.advanceTimersByTime(1100);
  await settled();
  jest.advanceTimersByTime(1100);
  await settled();
  expect(written.slice(6)).toEqual(["a6", "a7"]);
  jest.useRealTimers();
});
