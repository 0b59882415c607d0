import { randomUUID } from "node:crypto";
import { ServiceError } from "@nexus/service";
import type { Transaction } from "kysely";
import type { JsonTexts, StreamEntry, WorkspaceChange } from "../../sandbox/messages";
import type { CommitStore, WorkspaceWrite } from "../commit-store";
import type { DurableImage, ImageStore } from "../image-store";
import { MAX_SNAPSHOTS, type SnapshotRow, type SnapshotStore } from "../snapshot-store";
import type { Public } from "../stores";
import type { CatchUp, StreamStore } from "../stream-store";
import type { KernelTables } from "../tables";
import type { Contents, MemoryDatabase, MemorySnapshot, MemoryWorkspace } from "./memory-database";
import type { MemoryIdempotencyStore } from "./memory-idempotency";

type Trx = Transaction<KernelTables>;

/** Entries of a stream that a subscriber can still ask for. */
const KEPT_ENTRIES = 1000;

/** Takes what executions leave behind. */
export class MemoryCommitStore implements Public<CommitStore> {
  constructor(
    private readonly db: MemoryDatabase,
    private readonly idempotency: MemoryIdempotencyStore,
  ) {}

  async write(writes: readonly WorkspaceWrite[]): Promise<Set<string>> {
    return await this.db.transaction(async () => {
      const written = writes.filter((write) => this.writeOne(write));
      this.db.makeRoom(written.reduce((sum, { change }) => sum + (change?.segment.length ?? 0), 0));
      return new Set(written.map(({ id }) => id));
    });
  }

  private writeOne({ id, epoch, baseSeq, change, answer }: WorkspaceWrite): boolean {
    const workspace = this.db.get(id);
    if (workspace?.row.epoch !== epoch || workspace.contents.heapSeq !== baseSeq) return false;
    if (change) this.db.put(id, changed(workspace, change));
    if (answer) this.idempotency.keep(answer.key, answer.answer);
    return true;
  }
}

function changed(workspace: MemoryWorkspace, change: WorkspaceChange): MemoryWorkspace {
  const { contents, row } = workspace;
  const streamSeq = change.entries.at(-1)?.seq ?? workspace.streamSeq;
  const entries = [...workspace.entries, ...change.entries];
  return {
    ...workspace,
    row: { ...row, lastActiveAt: new Date() },
    streamSeq,
    entries: change.full ? entries.filter(({ seq }) => seq > streamSeq - KEPT_ENTRIES) : entries,
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

/** Reads what executions left. */
export class MemoryImageStore implements Public<ImageStore> {
  constructor(private readonly db: MemoryDatabase) {}

  async load(id: string, epoch: number): Promise<DurableImage | undefined> {
    const workspace = this.db.get(id);
    if (workspace?.row.epoch !== epoch) return undefined;
    const { heapSeq, memoryBytes, segments, state, panels } = workspace.contents;
    return {
      // Copies: a worker takes them with it.
      segments: segments.map((segment) => new Uint8Array(segment)),
      data: { state, panels, streamSeq: workspace.streamSeq },
      ...{ memoryBytes, heapSeq, incompatible: false },
    };
  }
}

/** Reads streams and panels. */
export class MemoryStreamStore implements Public<StreamStore> {
  constructor(private readonly db: MemoryDatabase) {}

  async panels(workspaceId: string): Promise<{ readonly seq: number; readonly panels: JsonTexts }> {
    const workspace = this.db.get(workspaceId);
    return { seq: workspace?.streamSeq ?? 0, panels: workspace?.contents.panels ?? {} };
  }

  async catchUp(workspaceId: string, since: number | undefined): Promise<CatchUp> {
    const workspace = this.db.get(workspaceId);
    if (workspace && since !== undefined && since >= workspace.streamFloor && since <= workspace.streamSeq) {
      const entries: readonly StreamEntry[] = workspace.entries.filter(({ seq }) => seq > since);
      if (entries.length === workspace.streamSeq - since) return { type: "entries", seq: workspace.streamSeq, entries };
    }
    return { type: "panels", ...(await this.panels(workspaceId)) };
  }
}

/** Named copies of a workspace; they share what did not change. */
export class MemorySnapshotStore implements Public<SnapshotStore> {
  constructor(private readonly db: MemoryDatabase) {}

  async list(workspaceId: string): Promise<SnapshotRow[]> {
    return (this.db.get(workspaceId)?.snapshots ?? []).map(toRow);
  }

  async create(_trx: Trx, workspaceId: string, name: string): Promise<SnapshotRow> {
    const workspace = this.db.require(workspaceId);
    if (workspace.snapshots.length >= MAX_SNAPSHOTS)
      throw new ServiceError("limit_reached", { detail: `A workspace may have ${MAX_SNAPSHOTS} snapshots` });
    const made: MemorySnapshot = { ...workspace.contents, id: randomUUID(), name, createdAt: new Date() };
    this.db.put(workspaceId, { ...workspace, snapshots: [...workspace.snapshots, made] });
    return toRow(made);
  }

  async delete(_trx: Trx, workspaceId: string, id: string): Promise<void> {
    const workspace = this.db.require(workspaceId);
    this.find(workspaceId, id);
    this.db.put(workspaceId, { ...workspace, snapshots: workspace.snapshots.filter((each) => each.id !== id) });
  }

  async restore(_trx: Trx, workspaceId: string, id: string): Promise<void> {
    const snapshot = this.find(workspaceId, id);
    const workspace = this.db.require(workspaceId);
    const heapSeq = Math.max(workspace.contents.heapSeq, snapshot.heapSeq) + 1;
    // What subscribers know of the panels is not true any more: they get them anew.
    const streamSeq = workspace.streamSeq + 1;
    const contents = { ...contentsOf(snapshot), heapSeq };
    this.db.put(workspaceId, { ...workspace, contents, streamSeq, streamFloor: streamSeq, entries: [] });
  }

  async fill(_trx: Trx, source: string, id: string, target: string): Promise<void> {
    this.db.put(target, { ...this.db.require(target), contents: contentsOf(this.find(source, id)) });
  }

  async fillFromLive(_trx: Trx, source: string, target: string): Promise<void> {
    this.db.put(target, { ...this.db.require(target), contents: this.db.require(source).contents });
  }

  private find(workspaceId: string, id: string): MemorySnapshot {
    const snapshot = this.db.get(workspaceId)?.snapshots.find((each) => each.id === id);
    if (!snapshot) throw new ServiceError("snapshot_not_found");
    return snapshot;
  }
}

function contentsOf({ heapSeq, memoryBytes, segments, state, panels, handlers }: Contents): Contents {
  return { heapSeq, memoryBytes, segments, state, panels, handlers };
}

function toRow({ id, name, createdAt, segments }: MemorySnapshot): SnapshotRow {
  return { id, name, createdAt, sizeBytes: segments.reduce((sum, { length }) => sum + length, 0) };
}
