import { useEffect, useRef, useState } from "react";
import { ApiError, describeFailure } from "./api/problem";
import { type Cell, keepNotebook, notebookOf } from "./cells";
import { useSession } from "./session";

export interface Runs {
  readonly cells: readonly Cell[];
  readonly busy: boolean;
  /** Resolves with true when the code ran without an error. */
  readonly run: (code: string) => Promise<boolean>;
  readonly clear: () => void;
}

/** The runs of one workspace, one at a time and in order. */
export function useRuns(workspaceId: string, onGone: () => void): Runs {
  const { api } = useSession();
  const [cells, setCells] = useState(() => notebookOf(workspaceId).cells);
  const busy = cells.at(-1)?.outcome.kind === "running";
  const mounted = useRef(true);
  useEffect(() => {
    mounted.current = true;
    return () => {
      mounted.current = false;
    };
  }, []);

  const keep = (next: readonly Cell[]) => {
    keepNotebook(workspaceId, { cells: next });
    if (mounted.current) setCells(next);
  };
  const settle = (key: number, outcome: Cell["outcome"]) =>
    keep(notebookOf(workspaceId).cells.map((cell) => (cell.key === key ? { ...cell, outcome } : cell)));

  const run = async (code: string) => {
    const before = notebookOf(workspaceId).cells;
    const key = (before.at(-1)?.key ?? 0) + 1;
    keep([...before, { key, code, outcome: { kind: "running", since: performance.now() } }]);
    try {
      const execution = await api.execute(workspaceId, code);
      settle(key, { kind: "done", execution });
      return execution.error === undefined;
    } catch (error) {
      const refused = error instanceof ApiError && error.isRefusal;
      settle(key, { kind: "failed", reason: describeFailure(error), refused });
      if (error instanceof ApiError && error.code === "workspace_not_found") onGone();
      return false;
    }
  };
  return { cells, busy, run, clear: () => keep([]) };
}
