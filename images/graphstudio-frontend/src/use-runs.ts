import { useEffect, useEffectEvent, useState, useSyncExternalStore } from "react";
import type { DocumentCell } from "./api/document";
import { ApiError, describeFailure } from "./api/problem";
import { randomId, randomUuid } from "./api/random-id";
import { announce, canAskAgain, type Cell, keepNotebook, notebookOf, type Outcome, watchNotebooks } from "./cells";
import { i18n } from "./i18n";
import { useSession } from "./session";
import type { LiveDocument } from "./use-document";

export interface Runs {
  /** The runs that the document does not show yet. */
  readonly cells: readonly Cell[];
  readonly busy: boolean;
  /** What a screen reader says about the last run. */
  readonly said: string;
  /** How many runs this page has asked for. */
  readonly count: number;
  /**
   * Adds a cell behind another one and runs it.
   * @returns whether the code ran without an error
   */
  readonly run: (code: string, after: string | null) => Promise<boolean>;
  /** Runs a cell of the document. */
  readonly runAgain: (cell: DocumentCell) => Promise<boolean>;
  /** Sends a run again if it is unknown whether it was carried out. */
  readonly askAgain: (cell: Cell) => void;
}

/** Keys of the runs whose answers this page waits for. */
const underWay = new Set<string>();

/** The runs of one workspace that this tab asks for. */
export function useRuns(workspaceId: string, { api, refresh }: LiveDocument, onGone: () => void): Runs {
  const { api: nexus } = useSession();
  const cells = useSyncExternalStore(watchNotebooks, () => notebookOf(workspaceId).cells);
  const [said, setSaid] = useState("");
  const [count, setCount] = useState(0);
  const busy = cells.some(({ outcome }) => outcome.kind === "running");

  const settle = (key: number, outcome: Outcome) => {
    const next = notebookOf(workspaceId).cells.map((cell) => (cell.key === key ? { ...cell, outcome } : cell));
    keepNotebook(workspaceId, { cells: next });
    setSaid(announce(outcome));
    setCount((before) => before + 1);
  };
  const forget = (key: number) =>
    keepNotebook(workspaceId, { cells: notebookOf(workspaceId).cells.filter((cell) => cell.key !== key) });
  const send = async ({ key, cellId, addedAfter, code, idempotencyKey }: Cell) => {
    underWay.add(idempotencyKey);
    try {
      const added = addedAfter === undefined ? undefined : { code, after: addedAfter };
      const execution = await api.run(cellId, idempotencyKey, added);
      settle(key, { kind: "done", execution });
      // From now on the document shows it, with what others do.
      void refresh().then(
        () => forget(key),
        () => undefined,
      );
      return execution.error === undefined;
    } catch (error) {
      const refused = error instanceof ApiError && error.isRefusal;
      const isLimit = error instanceof ApiError && error.isLimit;
      settle(key, { kind: "failed", reason: describeFailure(error), refused, isLimit });
      if (error instanceof ApiError && error.code === "workspace_not_found") onGone();
      return false;
    } finally {
      underWay.delete(idempotencyKey);
    }
  };
  const begin = (run: Pick<Cell, "cellId" | "code" | "addedAfter">) => {
    const before = notebookOf(workspaceId).cells;
    const cell: Cell = {
      ...run,
      key: (before.at(-1)?.key ?? 0) + 1,
      idempotencyKey: randomId(),
      startedAt: Date.now(),
      outcome: { kind: "running" },
    };
    // A run of the same cell that failed is history.
    keepNotebook(workspaceId, { cells: [...before.filter(({ cellId }) => cellId !== run.cellId), cell] });
    setSaid(announce(cell.outcome));
    setCount((before) => before + 1);
    return send(cell);
  };
  const askAgain = (cell: Cell) => {
    settle(cell.key, { kind: "running" });
    void send(cell);
  };

  // A reload lost the answer: the run is sent again with its key, and its first answer comes back.
  const resume = useEffectEvent(() => {
    for (const cell of notebookOf(workspaceId).cells) {
      if (cell.outcome.kind === "done") forget(cell.key);
      if (cell.outcome.kind !== "running" || underWay.has(cell.idempotencyKey)) continue;
      if (canAskAgain(cell)) void send(cell);
      else settle(cell.key, { kind: "failed", reason: i18n.t("workspace:pageLeft"), refused: false });
    }
  });
  useEffect(() => resume(), [workspaceId, nexus]);

  return {
    cells,
    busy,
    said,
    count,
    run: (code, after) => begin({ cellId: randomUuid(), code, addedAfter: after }),
    runAgain: ({ id, code }) => begin({ cellId: id, code }),
    askAgain,
  };
}
