import type { Execution } from "./api/types";
import { i18n } from "./i18n";

export type Outcome =
  | { readonly kind: "running" }
  | { readonly kind: "done"; readonly execution: Execution }
  /** The request failed. Unless the service refused it, it is unknown whether the code ran. */
  | { readonly kind: "failed"; readonly reason: string; readonly refused: boolean; readonly isLimit?: boolean };

/** A run that this tab has asked for, until the document shows it. */
export interface Cell {
  readonly key: number;
  /** Of the document. */
  readonly cellId: string;
  /** The cell is added first, behind this one or at the begin; undefined for a cell that was there already. */
  readonly addedAfter?: string | null;
  readonly code: string;
  /** The run is carried out once, however often it is sent with this key. */
  readonly idempotencyKey: string;
  /** When it was first sent, in milliseconds since 1970. */
  readonly startedAt: number;
  readonly outcome: Outcome;
}

export interface Notebook {
  readonly cells: readonly Cell[];
  readonly draft: string;
}

const STORED = "nexus.notebooks";
/** The services keep keys for 24 hours; an older request would be carried out again. */
const KEY_LIFE_MS = 23 * 3_600_000;

const empty: Notebook = { cells: [], draft: "" };
const listeners = new Set<() => void>();
const { notebooks, ...last } = stored();
let { keeper } = last;

/** The runs that the tab stored before a reload; they are then removed from the storage. */
function stored(): { readonly keeper?: string; readonly notebooks: Map<string, Notebook> } {
  try {
    const text = window.sessionStorage.getItem(STORED) ?? "";
    window.sessionStorage.removeItem(STORED);
    const { keeper, entries } = JSON.parse(text) as { keeper?: string; entries: [string, Notebook][] };
    // What an earlier version stored has no ids.
    const known = entries.map(([id, { cells, draft }]): [string, Notebook] => [
      id,
      { draft, cells: cells.filter(({ cellId }) => typeof cellId === "string") },
    ]);
    return { keeper, notebooks: new Map(known) };
  } catch {
    return { notebooks: new Map() };
  }
}

window.addEventListener("pagehide", () => {
  try {
    window.sessionStorage.setItem(STORED, JSON.stringify({ keeper, entries: [...notebooks] }));
  } catch {
    // If the storage is forbidden or full, a reload loses the runs.
  }
});

/** The runs that are under way and the typed code of a workspace in this tab; they end with the tab. */
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

/** On log-out: the next person at this tab must not see the runs. */
export const forgetNotebooks = (): void => notebooks.clear();

/** On log-in: a user who comes back after the session has ended finds their runs; another user does not. */
export function openNotebooksOf(accountId: string): void {
  const others = keeper !== accountId;
  keeper = accountId;
  if (others) forgetNotebooks();
}

/** Whether sending the run again is certain not to carry it out twice. */
export const canAskAgain = ({ startedAt }: Cell): boolean => Date.now() - startedAt < KEY_LIFE_MS;

/** The text that a screen reader says when a run ends. */
export function announce(outcome: Outcome): string {
  if (outcome.kind === "running") return i18n.t("workspace:announced.running");
  if (outcome.kind === "failed")
    return i18n.t(`workspace:announced.${outcome.refused ? "refused" : "failed"}`, { reason: outcome.reason });
  const { display, error, logs } = outcome.execution;
  const announcement = error
    ? i18n.t("workspace:announced.error", { name: error.name, message: error.message })
    : i18n.t("workspace:announced.result", { display });
  if (logs.length === 0) return announcement;
  return i18n.t("workspace:announced.withLogs", { announcement, count: logs.length });
}
