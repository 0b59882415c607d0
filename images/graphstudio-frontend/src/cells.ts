import type { Execution } from "./api/types";

/** One run: what was sent and what came of it. */
export interface Cell {
  readonly key: number;
  readonly code: string;
  /** However often the run is sent with this key, it is carried out once. */
  readonly idempotencyKey: string;
  /** When it was first sent, in milliseconds since 1970. */
  readonly startedAt: number;
  readonly outcome:
    | { readonly kind: "running" }
    | { readonly kind: "done"; readonly execution: Execution }
    /** The request failed. Unless it was refused, nobody knows whether the code ran. */
    | { readonly kind: "failed"; readonly reason: string; readonly refused: boolean };
}

export interface Notebook {
  readonly cells: readonly Cell[];
  readonly draft: string;
}

const STORED = "nexus.notebooks";
/** The services keep keys for 24 hours; what is older would be carried out anew. */
const KEY_LIFE_MS = 23 * 3_600_000;

const empty: Notebook = { cells: [], draft: "" };
const listeners = new Set<() => void>();
const { notebooks, ...last } = stored();
let { keeper } = last;

/** What the tab kept over a reload; it stands in the storage for no longer. */
function stored(): { readonly keeper?: string; readonly notebooks: Map<string, Notebook> } {
  try {
    const text = window.sessionStorage.getItem(STORED) ?? "";
    window.sessionStorage.removeItem(STORED);
    const { keeper, entries } = JSON.parse(text) as { keeper?: string; entries: [string, Notebook][] };
    return { keeper, notebooks: new Map(entries) };
  } catch {
    return { notebooks: new Map() };
  }
}

window.addEventListener("pagehide", () => {
  try {
    window.sessionStorage.setItem(STORED, JSON.stringify({ keeper, entries: [...notebooks] }));
  } catch {
    // Forbidden or full: the reload forgets.
  }
});

/** What was run and typed in a workspace in this tab; it ends with the tab. */
export const notebookOf = (workspaceId: string): Notebook => notebooks.get(workspaceId) ?? empty;

export function keepNotebook(workspaceId: string, change: Partial<Notebook>): void {
  notebooks.set(workspaceId, { ...notebookOf(workspaceId), ...change });
  listeners.forEach((listener) => listener());
}

/** Calls back after each change of a notebook, until the returned function is called. */
export function watchNotebooks(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** On log-out: the next person at this tab must not see it. */
export const forgetNotebooks = (): void => notebooks.clear();

/** On log-in: who comes back after the session has ended finds what was there, somebody else does not. */
export function openNotebooksOf(accountId: string): void {
  const others = keeper !== accountId;
  keeper = accountId;
  if (others) forgetNotebooks();
}

/** Whether sending the run again cannot carry it out twice. */
export const canAskAgain = ({ startedAt }: Cell): boolean => Date.now() - startedAt < KEY_LIFE_MS;

/** What a screen reader says when a run ends. */
export function announce(cell: Cell): string {
  const { outcome } = cell;
  if (outcome.kind === "running") return "Running";
  if (outcome.kind === "failed") return `${outcome.refused ? "Not run" : "Failed"}: ${outcome.reason}`;
  const { display, error, logs } = outcome.execution;
  const lines = logs.length === 0 ? "" : `, ${logs.length} log ${logs.length === 1 ? "line" : "lines"}`;
  return error ? `Error: ${error.name}: ${error.message}${lines}` : `Result: ${display}${lines}`;
}
