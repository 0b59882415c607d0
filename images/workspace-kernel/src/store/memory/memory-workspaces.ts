import { type Room, ServiceError } from "@nexus/service";
import type { WorkspaceIds } from "../../ownership/workspace-ids";
import { checkRoom, noActiveRoom, type StoreLimits } from "../limits";
import type { Stores } from "../stores";
import { checkEpoch, found, type OwnerIdentity, type StopReason, type WorkspaceRow } from "../workspace-store";
import { NO_DOCUMENT } from "./document-contents";
import type { MemoryDatabase, Run } from "./memory-database";
import { memoryPage, microsNow } from "./memory-page";

const NOTHING = {
  heapSeq: 0,
  memoryBytes: 0,
  segments: [],
  state: {},
  panels: {},
  handlers: [],
  document: NO_DOCUMENT,
};

const nobody = (stopReason: StopReason) => ({
  ownerPod: null,
  ownerUrl: null,
  ownerAlive: false,
  stopReason,
  stoppedAt: new Date(),
});

/** How many workspaces of a tenant are active besides one, and whether that one is. */
export function activeOf(db: MemoryDatabase, tenantId: string, besides: string) {
  const active = db.all().filter(({ row }) => row.tenantId === tenantId && row.ownerAlive);
  const others = active.filter(({ id }) => id !== besides);
  return { count: others.length, isActive: others.length < active.length };
}

/** Rows of workspaces that only this pod knows. */
export function memoryWorkspaces(
  db: MemoryDatabase,
  run: Run,
  owner: OwnerIdentity,
  ids: WorkspaceIds,
  limits: Pick<StoreLimits, "workspacesPerTenant">,
): Stores["workspaces"] {
  const ownership = () => ({
    ownerPod: owner.pod,
    ownerUrl: owner.url,
    ownerAlive: true,
    stopReason: null,
    stoppedAt: null,
  });
  /** The present row of a tenant's workspace. */
  const rowOf = (id: string, tenantId?: string): WorkspaceRow | undefined => {
    const { row, contents } = db.get(id) ?? {};
    if (!row || (tenantId !== undefined && row.tenantId !== tenantId)) return undefined;
    const memoryBytes = Math.max(row.memoryBytes, contents?.memoryBytes ?? 0);
    return { ...row, memoryBytes, keepAliveMs: row.keepAliveUntil ? row.keepAliveUntil.getTime() - Date.now() : 0 };
  };
  const change = (id: string, changes: Partial<WorkspaceRow>) =>
    void db.change(id, ({ row }) => ({ row: { ...row, ...changes } }));
  const checkActive = (id: string, tenantId: string, most: Room | undefined) => {
    const { count } = activeOf(db, tenantId, id);
    if (most !== undefined && count >= most.limit) throw noActiveRoom(count, most);
  };
  const newId = () => {
    let id = ids.create();
    while (db.get(id)) id = ids.create();
    return id;
  };

  return {
    lock: (id, epoch) => run(() => checkEpoch(rowOf(id), epoch)),
    insert: ({ tenantId, name, most, mostActive }, owned) =>
      run(() => {
        const count = db.all().filter(({ row }) => row.tenantId === tenantId).length;
        checkRoom(count, most ?? { limit: limits.workspacesPerTenant }, "workspaces");
        const [id, now] = [newId(), new Date()];
        if (owned) checkActive(id, tenantId, mostActive);
        const row: WorkspaceRow = {
          id,
          tenantId,
          name,
          epoch: 1,
          memoryBytes: 0,
          createdAt: now,
          lastActiveAt: now,
          stopped: false,
          keepAliveUntil: null,
          keepAliveMs: 0,
          ...(owned ? ownership() : nobody("not_started")),
        };
        db.put(id, {
          id,
          micros: microsNow(),
          row,
          contents: NOTHING,
          streamSeq: 0,
          streamFloor: 0,
          entries: [],
          snapshots: [],
        });
        if (!db.makeRoom() || !db.get(id)) throw new ServiceError("kernel_full", { retryAfterSeconds: 10 });
        return row;
      }),
    find: (id, tenantId) => run(() => rowOf(id, tenantId)),
    list: (tenantId, page) =>
      run(() => {
        const own = db.all().filter(({ row }) => row.tenantId === tenantId);
        return memoryPage(own, "<", page, ({ id }) => found(rowOf(id)));
      }),
    claim: (id, epoch, mostActive) =>
      run(() => {
        const row = rowOf(id);
        if (row?.epoch !== epoch || row.stopped) return undefined;
        checkActive(id, row.tenantId, mostActive);
        change(id, { ...ownership(), epoch: epoch + 1 });
        return rowOf(id);
      }),
    renew: (held) =>
      run(() => {
        const own = held.filter(({ id, epoch }) => rowOf(id)?.epoch === epoch);
        for (const { id, memoryBytes, idleMs } of own) {
          const lastActiveAt = Math.max(found(rowOf(id)).lastActiveAt.getTime(), Date.now() - idleMs);
          change(id, { memoryBytes, lastActiveAt: new Date(lastActiveAt) });
        }
        return new Set(own.map(({ id }) => id));
      }),
    release: (id, epoch, reason) =>
      run(() => {
        const row = rowOf(id);
        if (row?.epoch !== epoch) return false;
        const stopped = row.stopped || reason === "requested";
        change(id, { ...nobody(reason), memoryBytes: 0, epoch: epoch + 1, stopped });
        return true;
      }),
    resume: (id, tenantId) =>
      run(() => {
        if (rowOf(id, tenantId)) change(id, { stopped: false });
      }),
    keepAlive: (id, seconds) =>
      run(() => change(id, { keepAliveUntil: seconds > 0 ? new Date(Date.now() + seconds * 1000) : null })),
    delete: (id, tenantId) =>
      run(() => {
        const exists = rowOf(id, tenantId) !== undefined;
        if (exists) db.put(id, undefined);
        return exists;
      }),
  };
}
