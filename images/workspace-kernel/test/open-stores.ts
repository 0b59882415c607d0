import { createPool, migrate } from "@nexus/service";
import { openDatabase } from "@nexus/testkit/database";
import { captureLog } from "@nexus/testkit/log-capture";
import { WorkspaceIds } from "../src/ownership/workspace-ids";
import type { SandboxBuild, StreamEntry, WorkspaceChange } from "../src/sandbox/messages";
import type { StoreLimits } from "../src/store/limits";
import { createMemoryStores } from "../src/store/memory/memory-stores";
import { kernelMigrations } from "../src/store/migrations";
import { createPostgresStores } from "../src/store/postgres-stores";
import type { Stores } from "../src/store/stores";

/** The pod that the stores are of. */
export const SELF = { pod: "kernel-1", url: "http://10.0.0.1:3000", leaseMs: 60_000 };
export const LIMITS: StoreLimits = {
  workspacesPerTenant: 25,
  snapshotsPerTenant: 30,
  snapshotsPerWorkspace: 20,
  streamBytes: 1024 * 1024,
};
/** A page that holds everything. */
export const ALL = { limit: 500 };
const { log } = captureLog("workspace-kernel");

/** One database, as pods of these builds of the sandbox use it. */
export async function openBuilds(builds: readonly SandboxBuild[]): Promise<[readonly Stores[], () => Promise<void>]> {
  const database = await openDatabase();
  const pool = createPool(database.settings, log);
  await migrate(pool, kernelMigrations, log);
  await pool.end();
  const stores = builds.map((build) => createPostgresStores(database.settings, SELF, build, LIMITS, log));
  const end = async () => {
    await Promise.all(stores.map((each) => each.close()));
    await database.stop();
  };
  return [stores, end];
}

async function postgres(): Promise<[Stores, () => Promise<void>]> {
  const [[stores], end] = await openBuilds([{ id: "build", reads: ["build"] }]);
  return [stores as Stores, end];
}

async function memory(): Promise<[Stores, () => Promise<void>]> {
  const ids = new WorkspaceIds("10.0.0.1", ["a-key-of-the-tests"]);
  return [createMemoryStores(SELF, ids, LIMITS, 64 * 1024 * 1024), async () => undefined];
}

/** Both kinds of store, which keep one contract: their names and how they open. */
export const kinds = [
  ["PostgreSQL", postgres],
  ["memory", memory],
] as const;

/** What an execution changes. */
export function changeOf(text: string, rest: Partial<WorkspaceChange> = {}): WorkspaceChange {
  const segment = new TextEncoder().encode(text);
  return { segment, full: false, memoryBytes: text.length, entries: [], ...rest };
}

export function entryOf(seq: number, payload = String(seq)): StreamEntry {
  return { seq, kind: "set", name: "panel", payload };
}
