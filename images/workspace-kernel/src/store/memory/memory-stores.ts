import type { WorkspaceIds } from "../../ownership/workspace-ids";
import type { StoreLimits } from "../limits";
import type { TenantSettings } from "../settings-store";
import type { Stores, TransactionStores } from "../stores";
import { grantOf } from "../usage-store";
import type { OwnerIdentity } from "../workspace-store";
import { memoryCommits, memoryHandlers, memoryImages, memorySnapshots, memoryStreams } from "./memory-contents";
import { MemoryDatabase, type Run } from "./memory-database";
import { memoryDocuments } from "./memory-documents";
import { MemoryAnswers } from "./memory-idempotency";
import { memoryTimes } from "./memory-times";
import { activeOf, memoryWorkspaces } from "./memory-workspaces";

/**
 * Workspaces in this pod's memory: they end with it.
 * @param maxBytes What is kept at most; beyond it the tenant that takes most loses what was idle longest.
 */
export function createMemoryStores(
  self: OwnerIdentity,
  ids: WorkspaceIds,
  limits: StoreLimits,
  maxBytes: number,
): Stores {
  const db = new MemoryDatabase(maxBytes);
  const answers = new MemoryAnswers(db);
  const settings = new Map<string, TenantSettings>();
  const alone: Run = (statement) => db.transaction(statement);
  const inside: Run = async (statement) => statement();
  const on = (run: Run): TransactionStores => ({
    workspaces: memoryWorkspaces(db, run, self, ids, limits),
    handlers: memoryHandlers(db, run),
    documents: memoryDocuments(db, run),
    snapshots: memorySnapshots(db, run, limits),
    settings: memorySettings(db, run, settings),
    idempotency: answers.store(run),
    usage: {
      bytes: (tenantId) => run(() => db.bytes((row) => row.tenantId === tenantId)),
      // A transaction is alone here, and so is the pod.
      lockStorage: async () => undefined,
      reserved: async () => 0,
      reserve: ({ tenantId, ...request }) =>
        run(() =>
          grantOf(
            request,
            db.bytes((row) => row.tenantId === tenantId),
          ),
        ),
      prune: async () => undefined,
      active: (tenantId, besides) => run(() => activeOf(db, tenantId, besides)),
      workspaces: (tenantId) => run(() => db.all().filter(({ row }) => row.tenantId === tenantId).length),
    },
  });
  return {
    ...on(alone),
    storage: "ephemeral",
    // Without a database pods know nothing of each other.
    pods: { heartbeat: async () => undefined, others: async () => [], remove: async () => undefined },
    images: memoryImages(db, alone),
    commits: memoryCommits(db, alone, answers.keep, limits.streamBytes),
    streams: memoryStreams(db, alone),
    times: memoryTimes(),
    // There are no backups of it.
    drills: { last: async () => undefined },
    erase: async (tenantIds) => {
      const gone = new Set(tenantIds);
      await alone(() => {
        for (const { id, row } of db.all()) if (gone.has(row.tenantId)) db.put(id, undefined);
      });
      for (const tenantId of gone) settings.delete(tenantId);
    },
    transaction: (work) => db.transaction(() => work(on(inside))),
    readiness: {},
    connect: async () => undefined,
    close: async () => undefined,
  };
}

/** Settings of tenants, for this pod's workspaces only. */
function memorySettings(db: MemoryDatabase, run: Run, settings: Map<string, TenantSettings>): Stores["settings"] {
  return {
    get: (tenantId) => run(() => settings.get(tenantId) ?? { httpAllow: [] }),
    put: (tenantId, { httpAllow }) =>
      run(() => {
        const before = settings.get(tenantId);
        db.onRollback(() => (before ? settings.set(tenantId, before) : settings.delete(tenantId)));
        settings.set(tenantId, { httpAllow: [...httpAllow] });
      }),
  };
}
