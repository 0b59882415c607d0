import { randomBytes } from "node:crypto";
import { jwtKeys, type Logger } from "@nexus/service";
import { databaseOf, type KernelEnv } from "./env";
import { WorkspaceIds } from "./ownership/workspace-ids";
import type { SandboxBuild } from "./sandbox/messages";
import { createMemoryStores } from "./store/memory/memory-stores";
import { createPostgresStores } from "./store/postgres-stores";
import type { Stores } from "./store/stores";
import type { OwnerIdentity } from "./store/workspace-store";

export interface Storage {
  readonly stores: Stores;
  /** Makes ids that name pods, if there is no database to ask. */
  readonly ids: WorkspaceIds | undefined;
}

/** Stores workspaces where the environment says: in PostgreSQL, or in this pod's memory. */
export function createStorage(env: KernelEnv, self: OwnerIdentity, build: SandboxBuild, log: Logger): Storage {
  const database = databaseOf(env);
  const limits = {
    workspacesPerTenant: env.MAX_WORKSPACES_PER_TENANT,
    snapshotsPerTenant: env.MAX_SNAPSHOTS_PER_TENANT,
    snapshotsPerWorkspace: env.MAX_SNAPSHOTS_PER_WORKSPACE,
    streamBytes: env.STREAM_MAX_MB * 1024 * 1024,
  };
  if (database) return { stores: createPostgresStores(database, self, build, limits, log), ids: undefined };
  log.warn("no DATABASE_* is set: workspaces live in this pod's memory and end with it");
  const ids = new WorkspaceIds(env.POD_IP, idKeys(env, log));
  return { stores: createMemoryStores(self, ids, limits, env.EPHEMERAL_MAX_MB * 1024 * 1024), ids };
}

/** Pods with the same key accept each other's ids. */
function idKeys(env: KernelEnv, log: Logger): readonly string[] {
  const keys = jwtKeys(env);
  if (keys.length > 0) return keys;
  log.warn("no JWT_SECRET_KEY is set: requests for workspaces of other pods cannot be passed on to them");
  return [randomBytes(32).toString("hex")];
}
