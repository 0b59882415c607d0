import { useState } from "react";
import type { CellContent, DocumentCell } from "./api/document";
import { describeFailure } from "./api/problem";
import { randomUuid } from "./api/random-id";
import type { LiveDocument } from "./use-document";

export interface CellChanges {
  /** Why the last change was not made. */
  readonly trouble: string | undefined;
  /** The cell that was removed last, with the one before it. */
  readonly removed: { readonly cell: DocumentCell; readonly after: string | null } | undefined;
  /** The cell that was added last, which is to be written now. */
  readonly added: string | undefined;
  readonly add: (kind: CellContent["kind"], title: string) => void;
  readonly remove: (cell: DocumentCell) => void;
  readonly undo: () => void;
  /** @param by -1 for one place up, 1 for one place down */
  readonly move: (cell: DocumentCell, by: -1 | 1) => void;
  readonly setAuto: (cell: DocumentCell, auto: boolean) => void;
}

/** Changes of a document that are no text: cells come, go, move, and run by themselves or not. */
export function useCellChanges({ api, document, refresh }: LiveDocument): CellChanges {
  const [trouble, setTrouble] = useState<string>();
  const [removed, setRemoved] = useState<CellChanges["removed"]>();
  const [added, setAdded] = useState<string>();
  const order = document?.order ?? [];
  const before = (cellId: string, steps: number) => order[order.indexOf(cellId) - steps] ?? null;

  const change = (work: Promise<unknown>, done?: () => void) => {
    setTrouble(undefined);
    void work
      .then(done, (error: unknown) => setTrouble(describeFailure(error)))
      .then(refresh)
      .catch(() => undefined);
  };
  return {
    trouble,
    removed,
    added,
    add: (kind, title) => {
      const id = randomUuid();
      change(api.add({ id, kind, title, code: "" }, order.at(-1) ?? null), () => setAdded(id));
    },
    remove: (cell) => {
      const after = before(cell.id, 1);
      change(api.remove(cell), () => setRemoved({ cell, after }));
    },
    undo: () => {
      if (removed) change(api.add(removed.cell, removed.after), () => setRemoved(undefined));
    },
    move: ({ id }, by) => change(api.move(id, by < 0 ? before(id, 2) : (order[order.indexOf(id) + 1] ?? null))),
    setAuto: ({ id }, auto) => change(api.setAuto(id, auto)),
  };
}
