import type { ApiClient } from "./client";
import type { Execution } from "./types";

export interface CellRun {
  readonly id: string;
  readonly state: "running" | "ended" | "interrupted";
  readonly failed: boolean;
  /** Version of the cell that ran. */
  readonly cellVersion: number;
  /** Id of the user. */
  readonly by: string;
  readonly startedAt: string;
  /** Null until it ends, and of old runs. */
  readonly execution: Execution | null;
}

export interface DocumentCell {
  readonly id: string;
  readonly title: string;
  readonly kind: "code" | "markdown";
  readonly code: string;
  readonly version: number;
  readonly updatedBy: string;
  readonly run: CellRun | null;
}

export interface WorkspaceDocument {
  readonly version: number;
  readonly order: readonly string[];
  readonly cells: readonly DocumentCell[];
}

export type StaleReason = "new" | "changed" | "failed" | "input";

export interface CodeGraph {
  readonly version: number;
  readonly cells: readonly {
    readonly id: string;
    readonly declares: readonly string[];
    readonly panels: readonly string[];
    readonly error?: string;
    readonly stale: StaleReason | null;
  }[];
  readonly edges: readonly { readonly from: string; readonly to: string; readonly names: readonly string[] }[];
  readonly cycles: readonly (readonly string[])[];
  readonly doubles: readonly { readonly name: string; readonly cells: readonly string[] }[];
}

/** Somebody who looks at the workspace. */
export interface Person {
  readonly userId: string;
  readonly email: string;
}

export const EMPTY_DOCUMENT: WorkspaceDocument = { version: 0, order: [], cells: [] };

/** A document with the cells that changed since it was read. */
export function withNews(known: WorkspaceDocument, news: WorkspaceDocument): WorkspaceDocument {
  const cells = new Map([...known.cells, ...news.cells].map((cell) => [cell.id, cell]));
  return { ...news, cells: news.order.flatMap((id) => cells.get(id) ?? []) };
}

/** The document of one workspace. */
export class DocumentApi {
  private readonly path: string;

  constructor(
    private readonly client: ApiClient,
    workspaceId: string,
  ) {
    this.path = `/api/v1/workspaces/${encodeURIComponent(workspaceId)}`;
  }

  /** @param since a version of the document: only cells that changed after it */
  read(since?: number, signal?: AbortSignal): Promise<WorkspaceDocument> {
    const query = since === undefined ? "" : `?since=${since}`;
    return this.client.request("GET", `${this.path}/document${query}`, { signal });
  }

  graph(signal?: AbortSignal): Promise<CodeGraph> {
    return this.client.request("GET", `${this.path}/document/graph`, { signal });
  }

  /** Writes the code of a cell, if it still has this version. */
  write({ id, title, kind, version }: DocumentCell, code: string): Promise<DocumentCell> {
    const options = { body: { title, kind, code }, ifMatch: `"${version}"` };
    return this.client.request("PUT", `${this.path}/document/cells/${id}`, options);
  }

  remove({ id, version }: DocumentCell): Promise<void> {
    return this.client.request("DELETE", `${this.path}/document/cells/${id}`, { ifMatch: `"${version}"` });
  }

  /**
   * Runs a cell. It is one request, so that a page that is left right afterwards has run it.
   * @param added the cell is added first: behind another one, or at the begin; one that is gone counts as the last
   */
  run(
    cellId: string,
    key: string,
    added?: { readonly code: string; readonly after: string | null },
  ): Promise<Execution> {
    return this.client.change("POST", `${this.path}/document/cells/${cellId}/run`, added, key);
  }

  runStale(): Promise<{ readonly ran: readonly { readonly error?: object }[]; readonly left: readonly string[] }> {
    return this.client.request("POST", `${this.path}/document/run-stale`);
  }

  interrupt(): Promise<void> {
    return this.client.request("POST", `${this.path}/interrupt`);
  }
}
