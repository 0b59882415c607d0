import type { CodeGraph, DocumentCell, WorkspaceDocument } from "./api/document";
import type { Cell, Outcome } from "./cells";

/** A cell as the page shows it: of the document, of a run of this tab, or of both. */
export interface ShownCell {
  readonly id: string;
  readonly code: string;
  /** Undefined until the document has it. */
  readonly saved: DocumentCell | undefined;
  /** The run that this tab has asked for. */
  readonly own: Cell | undefined;
  readonly outcome: Outcome | { readonly kind: "never" | "interrupted" | "forgotten" };
  /** When what runs began, in milliseconds since 1970. */
  readonly startedAt: number;
}

/** The cells of a document, with the runs of this tab that it does not show yet. */
export function shownCells(document: WorkspaceDocument | undefined, runs: readonly Cell[]): ShownCell[] {
  const own = new Map(runs.map((run) => [run.cellId, run]));
  const shown = (document?.cells ?? []).map((cell) => toShown(cell, own.get(cell.id)));
  const ids = new Set(shown.map(({ id }) => id));
  for (const run of runs) {
    if (run.addedAfter === undefined || ids.has(run.cellId)) continue;
    const { cellId: id, code, outcome, startedAt, addedAfter } = run;
    const before = shown.findIndex((each) => each.id === addedAfter);
    const at = addedAfter === null ? 0 : before < 0 ? shown.length : before + 1;
    shown.splice(at, 0, { id, code, saved: undefined, own: run, outcome, startedAt });
  }
  return shown;
}

/**
 * How many cells wait to run. The graph is read some time after a change, so a cell that runs or has run meanwhile may
 * still be new there.
 */
export function countStale(cells: readonly ShownCell[], graph: CodeGraph | undefined): number {
  const reasons = new Map(graph?.cells.map(({ id, stale }) => [id, stale]));
  return cells.filter(({ id, outcome: { kind } }) => {
    const reason = reasons.get(id) ?? null;
    return reason !== null && kind !== "running" && (reason !== "new" || kind === "never");
  }).length;
}

function toShown(saved: DocumentCell, own: Cell | undefined): ShownCell {
  const { id, code, run } = saved;
  const startedAt = own?.startedAt ?? (run ? Date.parse(run.startedAt) : 0);
  return { id, code, saved, own, outcome: own?.outcome ?? outcomeOf(saved), startedAt };
}

function outcomeOf({ run }: DocumentCell): ShownCell["outcome"] {
  if (!run) return { kind: "never" };
  if (run.state === "running") return { kind: "running" };
  if (run.state === "interrupted") return { kind: "interrupted" };
  return run.execution ? { kind: "done", execution: run.execution } : { kind: "forgotten" };
}
