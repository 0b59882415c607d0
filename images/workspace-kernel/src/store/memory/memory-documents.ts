import { randomUUID } from "node:crypto";
import {
  type CellContent,
  checkDocument,
  documentConflict,
  edited,
  editConflict,
  isSameText,
  noCell,
  placed,
} from "../../document/cell";
import { keptAnswer, MAX_ANSWERS_BYTES, RUNS_PER_CELL } from "../../document/runs";
import type { ExecutionAnswer } from "../../workspaces/answer";
import type { CellRow, RunRow } from "../document-rows";
import type { DocumentRow } from "../document-store";
import type { Stores } from "../stores";
import { found } from "../workspace-store";
import { type MemoryCell, type MemoryDocument, type MemoryRun, NO_DOCUMENT } from "./document-contents";
import type { MemoryDatabase, Run } from "./memory-database";

/** Documents of workspaces. */
export function memoryDocuments(db: MemoryDatabase, run: Run): Stores["documents"] {
  const of = (workspaceId: string) => db.get(workspaceId)?.contents.document ?? NO_DOCUMENT;
  const keep = (workspaceId: string, document: Partial<MemoryDocument>) => {
    db.change(workspaceId, ({ contents }) => ({
      contents: { ...contents, document: { ...contents.document, ...document } },
    }));
    db.makeRoom();
  };
  const runOf = (workspaceId: string, { outcome, cellId: _cell, epoch, ...rest }: MemoryRun): RunRow => {
    const row = db.get(workspaceId)?.row;
    const interrupted = rest.endedAt === null && (row?.epoch !== epoch || !row.ownerAlive);
    return { ...rest, interrupted, answer: outcome === null ? null : (JSON.parse(outcome) as ExecutionAnswer) };
  };
  const rowOf = (workspaceId: string, cell: MemoryCell): CellRow => {
    const last = of(workspaceId).runs.findLast(({ cellId }) => cellId === cell.id);
    return { ...cell, run: last ? runOf(workspaceId, last) : null };
  };
  const find = (workspaceId: string, id: string): MemoryCell => {
    const cell = of(workspaceId).cells.get(id);
    if (!cell) throw noCell();
    return cell;
  };
  const read = (workspaceId: string, since = -1): DocumentRow => {
    const { version, order, cells } = of(workspaceId);
    const changed = [...cells.values()].filter((cell) => cell.changed > since);
    return { version, order, cells: changed.map((cell) => rowOf(workspaceId, cell)) };
  };
  const lock = (workspaceId: string) => {
    const document = found(db.get(workspaceId)).contents.document;
    keep(workspaceId, { version: document.version + 1 });
    return { ...document, version: document.version + 1 };
  };
  const bytes = ({ cells }: MemoryDocument, besides?: string) =>
    [...cells.values()].reduce((sum, { id, code }) => sum + (id === besides ? 0 : Buffer.byteLength(code)), 0);
  const put = (workspaceId: string, ...cells: readonly MemoryCell[]) =>
    keep(workspaceId, {
      cells: new Map([...of(workspaceId).cells, ...cells.map((cell) => [cell.id, cell] as const)]),
    });
  const made = (id: string, { title, kind, code, auto }: CellContent, by: string, changed: number): MemoryCell => ({
    ...{ id, title, kind, code, auto, version: 1, changed, facts: null },
    ...{ updatedAt: new Date(), updatedBy: by },
  });
  /** The cell with another content; a text of its own is another version. */
  const rewritten = (before: MemoryCell, content: CellContent, by: string, changed: number): MemoryCell => {
    if (!isSameText(before, content)) return { ...made(before.id, content, by, changed), version: before.version + 1 };
    return before.auto === content.auto ? before : { ...before, auto: content.auto, changed };
  };
  const check = (cell: MemoryCell, expected: number | undefined) => {
    if (expected !== undefined && cell.version !== expected) throw editConflict(cell, expected);
  };
  const answerOf = (workspaceId: string, version: number, id: string) => ({
    version,
    cell: rowOf(workspaceId, find(workspaceId, id)),
  });

  return {
    read: (workspaceId, since) => run(() => read(workspaceId, since)),
    hasAuto: (workspaceId) => run(() => [...of(workspaceId).cells.values()].some(({ auto }) => auto)),
    find: (workspaceId, id) => run(() => rowOf(workspaceId, find(workspaceId, id))),
    add: (workspaceId, content, by, after, id = randomUUID()) =>
      run(() => {
        const document = lock(workspaceId);
        const known = document.cells.get(id);
        if (known) throw editConflict(known, 0);
        checkDocument({ cells: document.order.length, bytes: bytes(document) }, [content]);
        put(workspaceId, made(id, content, by, document.version));
        keep(workspaceId, { order: placed(document.order, id, after) });
        return answerOf(workspaceId, document.version, id);
      }),
    change: (workspaceId, id, edit, by, expected) =>
      run(() => {
        const document = lock(workspaceId);
        const before = find(workspaceId, id);
        const content = edited(before, edit);
        if (!isSameText(before, content)) {
          check(before, expected);
          checkDocument({ cells: document.order.length - 1, bytes: bytes(document, id) }, [content]);
        }
        put(workspaceId, rewritten(before, content, by, document.version));
        return answerOf(workspaceId, document.version, id);
      }),
    move: (workspaceId, id, after) =>
      run(() => {
        const { version, order } = lock(workspaceId);
        find(workspaceId, id);
        const moved = placed(order, id, after);
        keep(workspaceId, { order: moved });
        return { version, order: moved };
      }),
    remove: (workspaceId, id, expected) =>
      run(() => {
        const { version, order, cells, runs } = lock(workspaceId);
        check(find(workspaceId, id), expected);
        const left = order.filter((each) => each !== id);
        keep(workspaceId, {
          order: left,
          cells: new Map([...cells].filter(([each]) => each !== id)),
          runs: runs.filter(({ cellId }) => cellId !== id),
        });
        return { version, order: left };
      }),
    replace: (workspaceId, cells, by, expected) =>
      run(() => {
        const { version, cells: before, runs } = lock(workspaceId);
        if (expected !== undefined && version - 1 !== expected) throw documentConflict(version - 1, expected);
        checkDocument({ cells: 0, bytes: 0 }, cells);
        const after = cells.map((cell): MemoryCell => {
          const known = before.get(cell.id);
          return known ? rewritten(known, cell, by, version) : made(cell.id, cell, by, version);
        });
        const order = cells.map(({ id }) => id);
        const kept = new Set(order);
        keep(workspaceId, {
          order,
          cells: new Map(after.map((cell) => [cell.id, cell])),
          runs: runs.filter(({ cellId }) => kept.has(cellId)),
        });
        return read(workspaceId);
      }),
    beginRun: (workspaceId, { id, cellId, by }) =>
      run(() => {
        const { version, runs } = lock(workspaceId);
        const cell = find(workspaceId, cellId);
        const { epoch } = found(db.get(workspaceId)).row;
        const begun: MemoryRun = {
          ...{ id, cellId, seq: version, cellVersion: cell.version, by, epoch },
          ...{ startedAt: new Date(), endedAt: null, failed: false, outcome: null },
        };
        const answer = { version, cell: rowOf(workspaceId, cell) };
        put(workspaceId, { ...cell, changed: version });
        keep(workspaceId, { runs: [...runs.filter((each) => each.id !== id), begun] });
        return answer;
      }),
    endRun: (workspaceId, id, answer) =>
      run(() => {
        const { version, runs, cells } = lock(workspaceId);
        const begun = runs.find((each) => each.id === id && each.endedAt === null);
        const cell = begun && cells.get(begun.cellId);
        if (!cell) return version;
        const ended = { endedAt: new Date(), failed: answer.error !== undefined, outcome: keptAnswer(answer) };
        put(workspaceId, { ...cell, changed: version });
        keep(workspaceId, { runs: newest(runs.map((each) => (each === begun ? { ...each, ...ended } : each))) });
        return version;
      }),
    runs: (workspaceId, cellId) =>
      run(() => {
        find(workspaceId, cellId);
        const own = of(workspaceId).runs.filter((each) => each.cellId === cellId);
        return own.reverse().map((each) => runOf(workspaceId, each));
      }),
    keepFacts: (workspaceId, cells) =>
      run(() => {
        const known = cells.flatMap(({ id, version, facts }) => {
          const cell = of(workspaceId).cells.get(id);
          return cell?.version === version ? [{ ...cell, facts }] : [];
        });
        put(workspaceId, ...known);
      }),
  };
}

/** The newest runs of each cell; the oldest lose their answers where all are too large together. */
function newest(runs: readonly MemoryRun[]): MemoryRun[] {
  const counts = new Map<string, number>();
  let bytes = 0;
  return runs
    .toReversed()
    .flatMap((each) => {
      const count = (counts.get(each.cellId) ?? 0) + 1;
      counts.set(each.cellId, count);
      if (count > RUNS_PER_CELL) return [];
      bytes += Buffer.byteLength(each.outcome ?? "");
      return [bytes > MAX_ANSWERS_BYTES ? { ...each, outcome: null } : each];
    })
    .reverse();
}
