import type { Execution } from "./api/types";

/** One run: what was sent and what came of it. */
export interface Cell {
  readonly key: number;
  readonly code: string;
  readonly outcome:
    /** `since` counts as `performance.now` does. */
    | { readonly kind: "running"; readonly since: number }
    | { readonly kind: "done"; readonly execution: Execution }
    /** The request failed. Unless it was refused, nobody knows whether the code ran. */
    | { readonly kind: "failed"; readonly reason: string; readonly refused: boolean };
}

export interface Notebook {
  readonly cells: readonly Cell[];
  readonly draft: string;
}

const empty: Notebook = { cells: [], draft: "" };
const notebooks = new Map<string, Notebook>();
let keeper: string | undefined;

/** What was run and typed in a workspace since the page was loaded; going to the list and back keeps it. */
export const notebookOf = (workspaceId: string): Notebook => notebooks.get(workspaceId) ?? empty;

export function keepNotebook(workspaceId: string, change: Partial<Notebook>): void {
  notebooks.set(workspaceId, { ...notebookOf(workspaceId), ...change });
}

/** On log-out: the next person at this tab must not see it. */
export const forgetNotebooks = (): void => notebooks.clear();

/** On log-in: who comes back after the session has ended finds what was there, somebody else does not. */
export function openNotebooksOf(accountId: string): void {
  if (keeper !== accountId) forgetNotebooks();
  keeper = accountId;
}

/** What a screen reader says when a run ends. */
export function announce(cell: Cell): string {
  const { outcome } = cell;
  if (outcome.kind === "running") return "Running";
  if (outcome.kind === "failed") return `${outcome.refused ? "Not run" : "Failed"}: ${outcome.reason}`;
  const { display, error, logs } = outcome.execution;
  const lines = logs.length === 0 ? "" : `, ${logs.length} log ${logs.length === 1 ? "line" : "lines"}`;
  return error ? `Error: ${error.name}: ${error.message}${lines}` : `Result: ${display}${lines}`;
}
