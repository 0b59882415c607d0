import { ServiceError } from "@nexus/service";
import { type CellFacts, NO_FACTS } from "../src/document/facts";
import type { Task } from "../src/sandbox/messages";
import type { CellRow } from "../src/store/document-rows";
import { CellReader, type CellReaderOptions } from "../src/workspaces/cell-reader";

const TIMEOUT_MS = 100;
type End = Awaited<ReturnType<CellReaderOptions["pool"]["run"]>>;

/** A document whose cells a worker reads as the test says. */
function readerOf(codes: readonly string[], work: (codes: readonly string[], timeoutMs: number) => object) {
  const cells = codes.map((code, index) => {
    const id = `c${index}`;
    return { id, title: "", kind: "code", code, auto: false, version: 1, changed: 1, run: null, facts: null };
  });
  const facts = new Map<string, CellFacts>();
  const asked: string[][] = [];
  const ran: number[] = [];
  const refusal: { error?: ServiceError } = {};
  const options: CellReaderOptions = {
    timeoutMs: TIMEOUT_MS,
    pool: {
      run: async (_id, task: Task) => {
        if (task.kind !== "read") throw new Error("nothing else is run");
        asked.push([...task.codes]);
        return { type: "done", ...work(task.codes, task.timeoutMs) } as unknown as End;
      },
    },
    documents: {
      read: async () => ({
        version: 1,
        order: cells.map(({ id }) => id),
        cells: cells.map((cell) => ({ ...cell, facts: facts.get(cell.id) ?? null }) as unknown as CellRow),
      }),
      keepFacts: async (_id, known) => known.forEach((each) => facts.set(each.id, each.facts)),
    },
    quotas: {
      inDocumentTurn: async (_tenantId, use) => await use(),
      meteredReading: () => async (metered) => {
        if (refusal.error) throw refusal.error;
        return await metered((ms) => void ran.push(ms));
      },
    },
  };
  const reader = new CellReader(options);
  const told = async () =>
    await reader.read({ tenantId: "t", plan: "p" }, "w", async ({ document, facts: all, missing }) => ({
      cells: document.order.map((id) => all.get(id)?.error ?? all.get(id)?.declares.join()),
      missing: missing?.code,
    }));
  return { told, asked, ran, refusal };
}

const declaring = (codes: readonly string[], ranMs = 10) => ({
  outcome: { result: codes.map((code) => ({ ...NO_FACTS, declares: [code] })) },
  ranMs,
});
const LATER = `Not read yet: Reading all code of the document takes longer than ${TIMEOUT_MS} ms; ask again for the rest`;

test("the first cell is read alone and the others at once, within one time that is counted as a whole", async () => {
  const limits: number[] = [];
  const { told, asked, ran } = readerOf(["a", "b", "c"], (codes, timeoutMs) => {
    limits.push(timeoutMs);
    return declaring(codes);
  });
  expect(await told()).toEqual({ cells: ["a", "b", "c"], missing: undefined });
  expect(asked).toEqual([["a"], ["b", "c"]]);
  expect([limits, ran]).toEqual([
    [TIMEOUT_MS, TIMEOUT_MS - 10],
    [10, 20],
  ]);
  expect(await told()).toMatchObject({ cells: ["a", "b", "c"] });
  expect(asked).toHaveLength(2);
});

test("a cell for which only a part of the time was left is read again, and then has all of it", async () => {
  const { told, asked } = readerOf(["a", "slow"], (codes) => declaring(codes, 60));
  const half = readerOf(["a", "slow"], (codes, timeoutMs) =>
    timeoutMs < TIMEOUT_MS ? { outcome: { result: [] }, ranMs: timeoutMs } : declaring(codes, 60),
  );
  expect(await told()).toMatchObject({ cells: ["a", "slow"] });
  expect(await half.told()).toEqual({ cells: ["a", LATER], missing: "workspace_busy" });
  expect(await half.told()).toEqual({ cells: ["a", "slow"], missing: undefined });
  expect([asked, half.asked]).toEqual([
    [["a"], ["slow"]],
    [["a"], ["slow"], ["slow"]],
  ]);
});

test("after a worker failed at several cells they are read one by one, and only the one at fault is told", async () => {
  const { told, asked } = readerOf(["a", "b", "deadly", "c"], (codes) =>
    codes.includes("deadly") ? { outcome: { error: { message: "The worker ended" } }, ranMs: 1 } : declaring(codes),
  );
  const cells = ["a", "b", "The worker ended; write this cell again", "c"];
  expect(await told()).toEqual({ cells, missing: undefined });
  expect(asked).toEqual([["a"], ["b", "deadly", "c"], ["b"], ["deadly"], ["c"]]);
  expect(await told()).toMatchObject({ cells });
  expect(asked).toHaveLength(5);
});

test("requests of a tenant at once read each cell once", async () => {
  const { told, asked } = readerOf(["a", "b"], (codes) => declaring(codes));
  for (const each of await Promise.all([told(), told(), told()])) expect(each).toMatchObject({ cells: ["a", "b"] });
  expect(asked).toEqual([["a"], ["b"]]);
});

test("code is kept in memory and read in portions", async () => {
  const codes = [..."abcdefgh"].map((name) => name.repeat(60 * 1024));
  const { told, asked } = readerOf([...codes, ...Array.from({ length: 150 }, (_, index) => `${index}`)], (read) =>
    declaring(read, 1),
  );
  expect((await told()).missing).toBeUndefined();
  expect(asked.map((each) => each.length)).toEqual([1, 3, 100, 54]);
});

test("without running time the document is told as far as it is known; other errors are told as such", async () => {
  const { told, asked, refusal } = readerOf(["a"], (codes) => declaring(codes));
  refusal.error = new ServiceError("rate_limited", { detail: "no time today" });
  expect(await told()).toEqual({ cells: ["Not read yet: no time today"], missing: "rate_limited" });
  refusal.error = new ServiceError("standing_unavailable");
  await expect(told()).rejects.toMatchObject({ code: "standing_unavailable" });
  expect(asked).toEqual([]);
  const lost = readerOf(["a"], () => ({ type: "lost", ranMs: 0 }));
  await expect(lost.told()).rejects.toMatchObject({ code: "workspace_busy" });
});
