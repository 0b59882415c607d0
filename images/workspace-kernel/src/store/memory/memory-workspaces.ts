import { ServiceError } from "@nexus/service";
import type { Kysely, Transaction } from "kysely";
import type { WorkspaceIds } from "../../ownership/workspace-ids";
import type { Public } from "../stores";
import type { KernelTables } from "../tables";
import type { HeldWorkspace, OwnerIdentity, StopReason, WorkspaceRow, WorkspaceStore } from "../workspace-store";
import { type MemoryDatabase, type MemoryWorkspace, OVERHEAD_BYTES } from "./memory-database";

/** The row as it is now. */
function present({ row }: MemoryWorkspace): WorkspaceRow {
  return { ...row, keepAliveMs: row.keepAliveUntil ? row.keepAliveUntil.getTime() - Date.now() : 0 };
}

const NOTHING = { heapSeq: 0, memoryBytes: 0, segments: [], state: {}, panels: {}, handlers: [] };

/** Rows of workspaces that this pod alone knows. */
export class MemoryWorkspaceStore implements Public<WorkspaceStore> {
  constructor(
    private readonly db: MemoryDatabase,
    private readonly owner: OwnerIdentity,
    private readonly ids: WorkspaceIds,
  ) {}

  newId(): string {
    let id = this.ids.create();
    while (this.db.get(id)) id = this.ids.create();
    return id;
  }

  async lock(_trx: Transaction<KernelTables>, id: string, epoch?: number): Promise<void> {
    const { row } = this.db.require(id);
    if (epoch !== undefined && row.epoch !== epoch) throw new ServiceError("owner_moved", { retryAfterSeconds: 1 });
  }

  async insert(
    _trx: Kysely<KernelTables>,
    { id, tenantId, name }: { readonly id: string; readonly tenantId: string; readonly name: string },
    owned: boolean,
  ): Promise<WorkspaceRow> {
    const now = new Date();
    const row: WorkspaceRow = {
      ...{ id, tenantId, name, ...(owned ? this.ownership : this.nobody("not_started", now)) },
      ...{ epoch: 1, memoryBytes: 0, createdAt: now, lastActiveAt: now, stopped: false },
      ...{ keepAliveUntil: null, keepAliveMs: 0 },
    };
    const workspace = { row, contents: NOTHING, streamSeq: 0, streamFloor: 0, entries: [], snapshots: [] };
    this.db.put(id, workspace);
    if (!this.db.makeRoom(OVERHEAD_BYTES) || !this.db.get(id))
      throw new ServiceError("kernel_full", { retryAfterSeconds: 10 });
    return present(workspace);
  }

  async find(id: string, tenantId: string): Promise<WorkspaceRow | undefined> {
    const workspace = this.db.get(id);
    return workspace?.row.tenantId === tenantId ? present(workspace) : undefined;
  }

  async require(_db: Kysely<KernelTables>, id: string, tenantId: string): Promise<WorkspaceRow> {
    const row = await this.find(id, tenantId);
    if (!row) throw new ServiceError("workspace_not_found");
    return row;
  }

  async list(tenantId: string): Promise<WorkspaceRow[]> {
    return this.db
      .all()
      .filter(({ row }) => row.tenantId === tenantId)
      .map(present);
  }

  async claim(id: string, epoch: number): Promise<WorkspaceRow | undefined> {
    return await this.db.transaction(async () => {
      const row = this.db.get(id)?.row;
      if (row?.epoch !== epoch || row.stopped) return undefined;
      return this.change(id, { ...this.ownership, epoch: epoch + 1 });
    });
  }

  async renew(held: readonly HeldWorkspace[]): Promise<Set<string>> {
    return await this.db.transaction(async () => {
      const own = held.filter(({ id, epoch }) => this.db.get(id)?.row.epoch === epoch);
      for (const { id, memoryBytes, idleMs } of own)
        this.change(id, { memoryBytes, lastActiveAt: new Date(Date.now() - idleMs) });
      return new Set(own.map(({ id }) => id));
    });
  }

  async release(id: string, epoch: number, reason: StopReason, trx?: Kysely<KernelTables>): Promise<boolean> {
    const work = async () => {
      const row = this.db.get(id)?.row;
      if (row?.epoch !== epoch) return false;
      const stopped = row.stopped || reason === "requested";
      this.change(id, { ...this.nobody(reason, new Date()), memoryBytes: 0, epoch: epoch + 1, stopped });
      return true;
    };
    return trx ? await work() : await this.db.transaction(work);
  }

  async resume(id: string, tenantId: string): Promise<void> {
    await this.db.transaction(async () => {
      if (this.db.get(id)?.row.tenantId === tenantId) this.change(id, { stopped: false });
    });
  }

  async keepAlive(_trx: Kysely<KernelTables>, id: string, seconds: number): Promise<void> {
    this.change(id, { keepAliveUntil: seconds > 0 ? new Date(Date.now() + seconds * 1000) : null });
  }

  async delete(_trx: Kysely<KernelTables>, id: string, tenantId: string): Promise<boolean> {
    if (this.db.get(id)?.row.tenantId !== tenantId) return false;
    this.db.put(id, undefined);
    return true;
  }

  private change(id: string, change: Partial<WorkspaceRow>): WorkspaceRow {
    const workspace = this.db.require(id);
    const changed = { ...workspace, row: { ...workspace.row, ...change } };
    this.db.put(id, changed);
    return present(changed);
  }

  private get ownership() {
    const { pod, url } = this.owner;
    return { ownerPod: pod, ownerUrl: url, ownerAlive: true, stopReason: null, stoppedAt: null };
  }

  private nobody(stopReason: StopReason, stoppedAt: Date) {
    return { ownerPod: null, ownerUrl: null, ownerAlive: false, stopReason, stoppedAt };
  }
}
