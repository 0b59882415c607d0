import type { CellRow, RunRow } from "../document-rows";

export type MemoryCell = Omit<CellRow, "run">;

export interface MemoryRun extends Omit<RunRow, "answer" | "interrupted"> {
  readonly cellId: string;
  readonly epoch: number;
  readonly outcome: string | null;
}

/** Cells by id, and runs in the order in which they began. */
export interface MemoryDocument {
  readonly version: number;
  readonly order: readonly string[];
  readonly cells: ReadonlyMap<string, MemoryCell>;
  readonly runs: readonly MemoryRun[];
}

export const NO_DOCUMENT: MemoryDocument = { version: 0, order: [], cells: new Map(), runs: [] };

/** The texts of a document, to be counted. */
export function documentTexts({ cells, runs }: MemoryDocument): string[] {
  return [...[...cells.values()].map(({ code }) => code), ...runs.map(({ outcome }) => outcome ?? "")];
}

/** A document as a snapshot or a clone has it: what runs now is not part of it. */
export function withoutUnended(document: MemoryDocument): MemoryDocument {
  return { ...document, runs: document.runs.filter(({ endedAt }) => endedAt !== null) };
}

/** The document of a snapshot, in the place of another one. */
export function restored(before: MemoryDocument, { version, cells, ...rest }: MemoryDocument): MemoryDocument {
  const next = Math.max(before.version, version) + 1;
  return { ...rest, version: next, cells: new Map([...cells].map(([id, cell]) => [id, { ...cell, changed: next }])) };
}
