import type { WorkspaceIds } from "../../ownership/workspace-ids";
import type { Stores } from "../stores";
import type { OwnerIdentity } from "../workspace-store";
import { MemoryCommitStore, MemoryImageStore, MemorySnapshotStore, MemoryStreamStore } from "./memory-contents";
import { MemoryDatabase } from "./memory-database";
import { MemoryHandlerStore, MemorySettingsStore, NoPodStore } from "./memory-handlers";
import { MemoryIdempotencyStore } from "./memory-idempotency";
import { MemoryWorkspaceStore } from "./memory-workspaces";

/**
 * Workspaces in this pod's memory: they end with it.
 * @param maxBytes What is kept at most; beyond it those are forgotten that were idle longest.
 */
export function createMemoryStores(self: OwnerIdentity, ids: WorkspaceIds, maxBytes: number): Stores {
  const db = new MemoryDatabase(maxBytes);
  const idempotency = new MemoryIdempotencyStore(db);
  return {
    storage: "ephemeral",
    workspaces: new MemoryWorkspaceStore(db, self, ids),
    pods: new NoPodStore(),
    settings: new MemorySettingsStore(),
    images: new MemoryImageStore(db),
    commits: new MemoryCommitStore(db, idempotency),
    idempotency,
    handlers: new MemoryHandlerStore(db),
    streams: new MemoryStreamStore(db),
    snapshots: new MemorySnapshotStore(db),
    readiness: {},
    connect: async () => undefined,
    close: async () => undefined,
  };
}
