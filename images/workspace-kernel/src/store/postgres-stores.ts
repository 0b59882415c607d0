import {
  createDatabase,
  createPool,
  createSchemaCheck,
  type DatabaseEnv,
  type Logger,
  waitForDatabase,
} from "@nexus/service";
import { CommitStore } from "./commit-store";
import { HandlerStore } from "./handler-store";
import { IdempotencyStore } from "./idempotency-store";
import { ImageStore } from "./image-store";
import { kernelMigrations } from "./migrations";
import { PodStore } from "./pod-store";
import { SettingsStore } from "./settings-store";
import { SnapshotStore } from "./snapshot-store";
import type { Stores } from "./stores";
import { StreamStore } from "./stream-store";
import type { KernelTables } from "./tables";
import { type OwnerIdentity, WorkspaceStore } from "./workspace-store";

/** Workspaces in PostgreSQL: any pod can take them over. */
export function createPostgresStores(env: DatabaseEnv, self: OwnerIdentity, buildId: string, log: Logger): Stores {
  const pool = createPool(env, log);
  const db = createDatabase<KernelTables>(pool);
  return {
    storage: "postgres",
    workspaces: new WorkspaceStore(db, self),
    pods: new PodStore(db, self),
    settings: new SettingsStore(db),
    images: new ImageStore(db, buildId),
    commits: new CommitStore(pool, db, self.pod, buildId),
    idempotency: new IdempotencyStore(db),
    handlers: new HandlerStore(db),
    streams: new StreamStore(db),
    snapshots: new SnapshotStore(db),
    readiness: { database: createSchemaCheck(pool, kernelMigrations) },
    connect: (signal) => waitForDatabase(pool, env, log, { signal }),
    close: () => pool.end(),
  };
}
