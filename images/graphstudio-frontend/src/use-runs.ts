import { useEffect, useEffectEvent, useSyncExternalStore } from "react";
import { randomId } from "./api/random-id";
import { ApiError, describeFailure } from "./api/problem";
import { canAskAgain, type Cell, keepNotebook, notebookOf, watchNotebooks } from "./cells";
import { i18n } from "./i18n";
import { useSession } from "./session";

export interface Runs {
  readonly cells: readonly Cell[];
  readonly busy: boolean;
  /** Resolves with true when the code ran without an error. */
  readonly run: (code: string) => Promise<boolean>;
  /** Sends a run again if it is unknown whether it was carried out. */
  readonly askAgain: (cell: Cell) => void;
  readonly clear: () => void;
}

/** Keys of the runs whose answers this page waits for. */
const underWay = new Set<string>();

/** The runs of one workspace, one at a time and in order. */
export function useRuns(workspaceId: string, onGone: () => void): Runs {
  const { api } = useSession();
  const cells = useSyncExternalStore(watchNotebooks, () => notebookOf(workspaceId).cells);
  const busy = cells.some(({ outcome }) => outcome.kind === "running");

  const settle = (key: number, outcome: Cell["outcome"]) => {
    const next = notebookOf(workspaceId).cells.map((cell) => (cell.key === key ? { ...cell, outcome } : cell));
    keepNotebook(workspaceId, { cells: next });
  };
  const send = async ({ key, code, idempotencyKey }: Cell) => {
    underWay.add(idempotencyKey);
    try {
      const execution = await api.execute(workspaceId, code, idempotencyKey);
      settle(key, { kind: "done", execution });
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
  const run = (code: string) => {
    const before = notebookOf(workspaceId).cells;
    const cell: Cell = {
      key: (before.at(-1)?.key ?? 0) + 1,
      code,
      idempotencyKey: randomId(),
      startedAt: Date.now(),
      outcome: { kind: "running" },
    };
    keepNotebook(workspaceId, { cells: [...before, cell] });
    return send(cell);
  };
  const askAgain = (cell: Cell) => {
    settle(cell.key, { kind: "running" });
    void send(cell);
  };

  // A reload lost the answer: the run is sent again with its key, and its first answer comes back.
  const resume = useEffectEvent(() => {
    for (const cell of notebookOf(workspaceId).cells) {
      if (cell.outcome.kind !== "running" || underWay.has(cell.idempotencyKey)) continue;
      if (canAskAgain(cell)) void send(cell);
      else settle(cell.key, { kind: "failed", reason: i18n.t("workspace:pageLeft"), refused: false });
    }
  });
  useEffect(() => resume(), [workspaceId]);

  return { cells, busy, run, askAgain, clear: () => keepNotebook(workspaceId, { cells: [] }) };
}
