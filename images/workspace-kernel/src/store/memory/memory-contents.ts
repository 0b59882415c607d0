import { randomUUID } from "node:crypto";
import { ServiceError } from "@nexus/service";
import { capabilities, type StreamEntry } from "../../sandbox/messages";
import { bytesOf, type WorkspaceWrite } from "../commit-store";
import type { HandlerRow } from "../handler-store";
import {
  checkRoom,
  entryBytes,
  HANDLERS_PER_WORKSPACE,
  KEPT_ENTRIES,
  PAGE_BYTES,
  PAGE_ENTRIES,
  type StoreLimits,
} from "../limits";
import type { SnapshotRow } from "../snapshot-store";
import type { Stores } from "../stores";
import { isPage } from "../stream-store";
import { found } from "../workspace-store";
import { restored, withoutUnended } from "./document-contents";
import { memoryPage, microsNow } from "./memory-page";
import type { KeepAnswer } from "./memory-idempotency";
import type { Contents, MemoryDatabase, MemorySnapshot, MemoryWorkspace, Run } from "./memory-database";

/** Stores the changes of executions. */
export function memoryCommits(db: MemoryDatabase, run: Run, keep: KeepAnswer, streamBytes: number): Stores["commits"] {
  const writeOne = ({ id, epoch, baseSeq, change, answer }: WorkspaceWrite): boolean => {
    const workspace = db.get(id);
    if (workspace?.row.epoch !== epoch || workspace.contents.heapSeq !== baseSeq) return false;
    db.change(id, ({ row }) => ({
      row: { ...row, lastActiveAt: new Date() },
      ...afterChange(workspace, change, streamBytes),
    }));
    if (answer) keep(answer.key, answer.answer);
    return true;
  };
  return {
    write: (writes) =>
      run(() => {
        const written = writes.filter(writeOne);
        db.makeRoom(written.reduce((sum, write) => sum + bytesOf(write), 0));
        return new Set(written.map(({ id }) => id));
      }),
  };
}

/** The newest entries that fit. */
function newest(entries: readonly StreamEntry[], maxBytes: number): readonly StreamEntry[] {
  let from = entries.length;
  for (let bytes = 0; from > Math.max(0, entries.length - KEPT_ENTRIES); from -= 1) {
    bytes += entryBytes(entries[from - 1] as StreamEntry);
    if (bytes > maxBytes) break;
  }
  return entries.slice(from);
}

function afterChange(
  workspace: MemoryWorkspace,
  change: WorkspaceWrite["change"],
  streamBytes: number,
): Partial<MemoryWorkspace> {
  if (!change) return {};
  const { contents } = workspace;
  const streamSeq = change.entries.at(-1)?.seq ?? workspace.streamSeq;
  return {
    streamSeq,
    entries:
      change.entries.length > 0 ? newest([...workspace.entries, ...change.entries], streamBytes) : workspace.entries,
    contents: {
      ...contents,
      heapSeq: contents.heapSeq + 1,
      memoryBytes: change.memoryBytes,
      segments: change.full ? [change.segment] : [...contents.segments, change.segment],
      state: change.state ?? contents.state,
      panels: change.panels ?? contents.panels,
    },
  };
}

/** Reads the changes of executions. */
export function memoryImages(db: MemoryDatabase, run: Run): Stores["images"] {
  return {
    load: (id, epoch) =>
      run(() => {
        const workspace = db.get(id);
        if (workspace?.row.epoch !== epoch) return undefined;
        const { heapSeq, memoryBytes, segments, state, panels } = workspace.contents;
        return {
          // Copies, because they are transferred to a worker.
          segments: segments.map((segment) => new Uint8Array(segment)),
          memoryBytes,
          data: { state, panels, streamSeq: workspace.streamSeq },
          heapSeq,
          incompatible: false,
        };
      }),
  };
}

function page(entries: readonly StreamEntry[]): readonly StreamEntry[] {
  let left = PAGE_BYTES;
  const isFull = (entry: StreamEntry, index: number) => index > 0 && (left -= entryBytes(entry)) < 0;
  const end = entries.slice(0, PAGE_ENTRIES).findIndex(isFull);
  return entries.slice(0, end < 0 ? PAGE_ENTRIES : end);
}

/** Reads streams and panels. */
export function memoryStreams(db: MemoryDatabase, run: Run): Stores["streams"] {
  const panelsOf = (workspace: MemoryWorkspace | undefined) => ({
    seq: workspace?.streamSeq ?? 0,
    panels: workspace?.contents.panels ?? {},
  });
  return {
    panels: (workspaceId) => run(() => panelsOf(db.get(workspaceId))),
    contents: (workspaceId) =>
      run(() => {
        const workspace = db.get(workspaceId);
        const { state = {}, panels = {} } = workspace?.contents ?? {};
        return { floor: workspace?.streamFloor ?? 0, state, panels };
      }),
    catchUp: (workspaceId, since) =>
      run(() => {
        const workspace = db.get(workspaceId);
        if (workspace && since !== undefined && since >= workspace.streamFloor && since <= workspace.streamSeq) {
          const entries = page(workspace.entries.filter(({ seq }) => seq > since));
          if (isPage(entries, since, workspace.streamSeq))
            return { type: "entries", seq: workspace.streamSeq, entries };
        }
        return { type: "panels", ...panelsOf(workspace) };
      }),
  };
}

/** Named copies of a workspace; they share unchanged segments. */
export function memorySnapshots(db: MemoryDatabase, run: Run, limits: StoreLimits): Stores["snapshots"] {
  const of = (workspaceId: string) => db.get(workspaceId)?.snapshots ?? [];
  const find = (workspaceId: string, id: string): MemorySnapshot => {
    const snapshot = of(workspaceId).find((each) => each.id === id);
    if (!snapshot) throw new ServiceError("snapshot_not_found");
    return snapshot;
  };
  const fill = (target: string, { document, ...contents }: Contents) =>
    void db.change(target, () => ({ contents: { ...contents, document: withoutUnended(document) } }));
  return {
    list: (workspaceId, page) => run(() => memoryPage(of(workspaceId), ">", page, toSnapshotRow)),
    create: (workspaceId, name) =>
      run(() => {
        const { contents, snapshots, row } = found(db.get(workspaceId));
        const ofTenant = db.all().filter((each) => each.row.tenantId === row.tenantId);
        const count = ofTenant.reduce((sum, each) => sum + each.snapshots.length, 0);
        checkRoom(snapshots.length, { limit: limits.snapshotsPerWorkspace }, "snapshots", "A workspace");
        checkRoom(count, { limit: limits.snapshotsPerTenant }, "snapshots");
        const kept = { ...contents, document: withoutUnended(contents.document) };
        const made = { id: randomUUID(), micros: microsNow(), name, createdAt: new Date(), contents: kept };
        db.change(workspaceId, () => ({ snapshots: [...snapshots, made] }));
        return toSnapshotRow(made);
      }),
    delete: (workspaceId, id) =>
      run(() => {
        const gone = find(workspaceId, id);
        db.change(workspaceId, ({ snapshots }) => ({ snapshots: snapshots.filter((each) => each !== gone) }));
      }),
    restore: (workspaceId, id) =>
      run(() => {
        const { contents } = find(workspaceId, id);
        db.change(workspaceId, (before) => {
          const heapSeq = Math.max(before.contents.heapSeq, contents.heapSeq) + 1;
          // The panels that subscribers know are no longer valid: they get all of them again.
          const streamSeq = before.streamSeq + 1;
          const document = restored(before.contents.document, contents.document);
          return { contents: { ...contents, heapSeq, document }, streamSeq, streamFloor: streamSeq };
        });
      }),
    fill: (source, id, target) => run(() => fill(target, find(source, id).contents)),
    fillFromLive: (source, target) => run(() => fill(target, found(db.get(source)).contents)),
  };
}

function toSnapshotRow({ id, name, createdAt, contents }: MemorySnapshot): SnapshotRow {
  return { id, name, createdAt, sizeBytes: contents.segments.reduce((sum, { length }) => sum + length, 0) };
}

/** Handlers of workspaces, by name. */
export function memoryHandlers(db: MemoryDatabase, run: Run): Stores["handlers"] {
  const of = (workspaceId: string) => db.get(workspaceId)?.contents.handlers ?? [];
  const keep = (workspaceId: string, handlers: readonly HandlerRow[]) =>
    void db.change(workspaceId, ({ contents }) => ({ contents: { ...contents, handlers } }));
  return {
    list: (workspaceId, { limit, after = "" }) =>
      run(() => {
        const rest = of(workspaceId).filter(({ name }) => name > after);
        let before = 0;
        const small = rest.filter(
          ({ code }) => (before += Buffer.byteLength(code)) - Buffer.byteLength(code) < PAGE_BYTES,
        );
        const items = small.slice(0, limit);
        return { items, next: items.length < rest.length ? items.at(-1)?.name : undefined };
      }),
    find: (workspaceId, name) => run(() => of(workspaceId).find((handler) => handler.name === name)),
    put: (workspaceId, { name, code, capabilities: allowed }) =>
      run(() => {
        const before = of(workspaceId).find((handler) => handler.name === name);
        const others = of(workspaceId).filter((handler) => handler !== before);
        checkRoom(others.length, { limit: HANDLERS_PER_WORKSPACE }, "handlers", "A workspace");
        const made: HandlerRow = {
          name,
          version: (before?.version ?? 0) + 1,
          code,
          capabilities: capabilities.filter((capability) => allowed.includes(capability)),
          updatedAt: new Date(),
        };
        keep(
          workspaceId,
          [...others, made].sort((a, b) => (a.name < b.name ? -1 : 1)),
        );
        return made;
      }),
    delete: (workspaceId, name) =>
      run(() => {
        const others = of(workspaceId).filter((handler) => handler.name !== name);
        if (others.length === of(workspaceId).length) throw new ServiceError("handler_not_found");
        keep(workspaceId, others);
      }),
  };
}
