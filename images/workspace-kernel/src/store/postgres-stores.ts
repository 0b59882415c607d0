import {
  createDatabase,
  createPool,
  createSchemaCheck,
  type DatabaseEnv,
  type Logger,
  waitForDatabase,
} from "@nexus/service";
import type { Kysely } from "kysely";
import type { SandboxBuild } from "../sandbox/messages";
import { CommitStore } from "./commit-store";
import { DocumentStore } from "./document-store";
import { DrillStore } from "./drill-store";
import { eraseTenants } from "./erase-tenants";
import { ExecutionTimeStore } from "./execution-time-store";
import { HandlerStore } from "./handler-store";
import { IdempotencyStore } from "./idempotency-store";
import { ImageStore } from "./image-store";
import type { StoreLimits } from "./limits";
import { kernelMigrations } from "./migrations";
import { PodStore } from "./pod-store";
import { SettingsStore } from "./settings-store";
import { SnapshotStore } from "./snapshot-store";
import type { Stores, TransactionStores } from "./stores";
import { StreamStore } from "./stream-store";
import type { KernelTables } from "./tables";
import { UsageStore } from "./usage-store";
import { type OwnerIdentity, WorkspaceStore } from "./workspace-store";

/** Workspaces in PostgreSQL: any pod can take them over. */
export function createPostgresStores(
  env: DatabaseEnv,
  self: OwnerIdentity,
  build: SandboxBuild,
  limits: StoreLimits,
  log: Logger,
): Stores {
  const pool = createPool(env, log);
  const db = createDatabase<KernelTables>(pool);
  const on = (connection: Kysely<KernelTables>): TransactionStores => ({
    workspaces: new WorkspaceStore(connection, self, limits),
    handlers: new HandlerStore(connection),
    documents: new DocumentStore(connection),
    snapshots: new SnapshotStore(connection, limits),
    settings: new SettingsStore(connection),
    idempotency: new IdempotencyStore(connection),
    usage: new UsageStore(connection, limits, self.pod),
  });
  return {
    ...on(db),
    storage: "postgres",
    pods: new PodStore(db, self),
    images: new ImageStore(db, build),
    commits: new CommitStore(pool, db, self.pod, build, limits.streamBytes),
    streams: new StreamStore(db),
    times: new ExecutionTimeStore(db),
    drills: new DrillStore(db),
    erase: (tenantIds) => eraseTenants(db, tenantIds),
    transaction: (work) => db.transaction().execute((trx) => work(on(trx))),
    readiness: { database: createSchemaCheck(pool, kernelMigrations) },
    connect: (signal) => waitForDatabase(pool, env, log, { signal }),
    close: () => pool.end(),
  };
}
