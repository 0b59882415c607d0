import type { CodeGraph, DocumentCell, StaleReason } from "../src/api/document";
import type { Cell } from "../src/cells";
import { countStale, shownCells } from "../src/shown-cells";

const saved = (id: string, run: object | null): DocumentCell =>
  ({ id, code: "let n = 42; n", version: 1, run }) as DocumentCell;
const ended = { state: "ended", failed: false, startedAt: "2026-01-01T00:00:00Z", execution: { result: 42 } };
const graphOf = (stale: Record<string, StaleReason | null>) =>
  ({ cells: Object.entries(stale).map(([id, reason]) => ({ id, stale: reason })) }) as unknown as CodeGraph;
const shown = (cells: readonly DocumentCell[], runs: readonly Cell[] = []) =>
  shownCells({ version: 2, order: cells.map(({ id }) => id), cells }, runs);
const own = (cellId: string) =>
  ({ cellId, code: "", key: 1, startedAt: 0, idempotencyKey: "", outcome: { kind: "running" } }) as Cell;

test("a cell that has run meanwhile is not offered to run, although the graph still has it as new", () => {
  expect(countStale(shown([saved("a", ended)]), graphOf({ a: "new" }))).toBe(0);
});

test.each(["new", "changed", "failed", "input"] as const)("a cell that runs is not offered: %s", (reason) => {
  expect(countStale(shown([saved("a", null)], [own("a")]), graphOf({ a: reason }))).toBe(0);
  const running = saved("b", { ...ended, state: "running" });
  expect(countStale(shown([running]), graphOf({ b: reason }))).toBe(0);
});

test("cells that never ran, were changed, failed or have another input wait to run, and no others", () => {
  const cells = [saved("a", null), saved("b", ended), saved("c", ended), saved("d", ended), saved("e", ended)];
  const graph = graphOf({ a: "new", b: "changed", c: "failed", d: "input", e: null });
  expect(countStale(shown(cells), graph)).toBe(4);
  expect(countStale(shown(cells), undefined)).toBe(0);
});
