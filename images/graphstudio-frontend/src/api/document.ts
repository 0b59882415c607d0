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

/** What people write into a cell. */
export interface CellContent {
  readonly title: string;
  readonly kind: "code" | "markdown";
  readonly code: string;
  /** Whether it runs by itself when its inputs change; a service of the release before does not say. */
  readonly auto?: boolean;
}

export const fileFormats = ["js", "ipynb"] as const;
export type FileFormat = (typeof fileFormats)[number];

export interface DocumentCell extends CellContent {
  readonly id: string;
  readonly version: number;
  readonly updatedBy: string;
  readonly run: CellRun | null;
}

const FILE_NAME = /^\w[\w.-]*\.[jt]s$/;

/** A cell with the name of a file as its title is run by those that import it, and a text does not run. */
export const isRunnable = ({ kind, title }: CellContent): boolean => kind === "code" && !FILE_NAME.test(title);

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

  /** Writes a cell, if it still has this version. */
  write({ id, kind, version }: DocumentCell, written: Omit<CellContent, "kind">): Promise<DocumentCell> {
    const options = { body: { kind, ...written }, ifMatch: `"${version}"` };
    return this.client.request("PUT", `${this.path}/document/cells/${id}`, options);
  }

  /** @param after the cell before the new one; null for the begin */
  add(content: CellContent & Pick<DocumentCell, "id" | "auto">, after: string | null): Promise<DocumentCell> {
    const { id, title, kind, code, auto } = content;
    return this.client.change("POST", `${this.path}/document/cells`, { id, title, kind, code, auto, after });
  }

  /** Says whether a cell runs by itself. It conflicts with no text, so it names no version. */
  setAuto(cellId: string, auto: boolean): Promise<DocumentCell> {
    return this.client.change("PUT", `${this.path}/document/cells/${cellId}`, { auto });
  }

  move(cellId: string, after: string | null): Promise<void> {
    return this.client.change("POST", `${this.path}/document/cells/${cellId}/move`, { after });
  }

  /** The newest runs of a cell, the newest first. */
  async runs(cellId: string): Promise<readonly CellRun[]> {
    const path = `${this.path}/document/cells/${cellId}/runs`;
    return (await this.client.request<{ readonly items: readonly CellRun[] }>("GET", path)).items;
  }

  /** The document as a text. */
  async file(format: FileFormat): Promise<string> {
    return (await this.client.request<{ readonly file: string }>("GET", `${this.path}/document/file?format=${format}`))
      .file;
  }

  /** Replaces the document, if it still has this version. */
  replace(file: string, version: number): Promise<WorkspaceDocument> {
    return this.client.request("PUT", `${this.path}/document/file`, { body: { file }, ifMatch: `"${version}"` });
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
