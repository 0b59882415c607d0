import { allRows } from "@nexus/service";
import { isJson, readableTexts } from "../sandbox/json";
import type { JsonTexts } from "../sandbox/messages";
import { toDocument } from "../document-schemas";
import { toHandler, toSnapshot, toWorkspace } from "../schemas";
import type { Stores } from "../store/stores";
import type { WorkspaceRow } from "../store/workspace-store";

const DAYS = 400;

type Source = Pick<Stores, "workspaces" | "handlers" | "documents" | "snapshots" | "streams" | "settings" | "times">;

/**
 * What a tenant has in the kernel, as lines of JSON. One page of one list is in memory at a time, and the next one is read
 * when the reader has taken what came before.
 */
export async function* exportTenant(
  stores: Source,
  tenantId: string,
  overlay: (row: WorkspaceRow) => WorkspaceRow,
): AsyncGenerator<string> {
  yield line({ kind: "tenant-settings", ...(await stores.settings.get(tenantId)) });
  for (const day of await stores.times.history(tenantId, DAYS)) yield line({ kind: "usage", ...day });
  for await (const row of allRows((page) => stores.workspaces.list(tenantId, page))) {
    yield line({ kind: "workspace", ...toWorkspace(overlay(row)) });
    yield* exportWorkspace(stores, row.id);
  }
  yield line({ kind: "end", part: "workspaces" });
}

async function* exportWorkspace(stores: Source, workspaceId: string): AsyncGenerator<string> {
  const { floor, state, panels } = await stores.streams.contents(workspaceId);
  yield* named("state", workspaceId, state);
  yield* named("panel", workspaceId, panels);
  for await (const row of allRows((page) => stores.handlers.list(workspaceId, page)))
    yield line({ kind: "handler", workspaceId, ...toHandler(row) });
  for (const { kind: cellKind, ...cell } of toDocument(await stores.documents.read(workspaceId)).cells)
    yield line({ kind: "cell", workspaceId, cellKind, ...cell });
  for await (const row of allRows((page) => stores.snapshots.list(workspaceId, page)))
    yield line({ kind: "snapshot", workspaceId, ...toSnapshot(row) });
  for (let since = floor; ;) {
    const page = await stores.streams.catchUp(workspaceId, since);
    // More was written meanwhile than the stream keeps; what is left is in the panels.
    if (page.type !== "entries" || page.entries.length === 0) return;
    for (const { seq, kind: op, name, payload } of page.entries) {
      yield withText(
        { kind: "stream-entry", workspaceId, seq, op, name },
        isJson(payload) ? payload : JSON.stringify(payload),
      );
      since = seq;
    }
  }
}

/** Values by name; they are JSON texts already, and may be large. */
function* named(kind: string, workspaceId: string, texts: JsonTexts): Generator<string> {
  for (const { name, text } of readableTexts(texts)) yield withText({ kind, workspaceId, name }, text);
}

const line = (value: object) => `${JSON.stringify(value)}\n`;
const withText = (head: object, text: string) => `${JSON.stringify(head).slice(0, -1)},"value":${text}}\n`;
