import type { ReadinessCheck } from "@nexus/service";
import type { CommitStore } from "./commit-store";
import type { DocumentStore } from "./document-store";
import type { DrillStore } from "./drill-store";
import type { ExecutionTimeStore } from "./execution-time-store";
import type { HandlerStore } from "./handler-store";
import type { IdempotencyStore } from "./idempotency-store";
import type { ImageStore } from "./image-store";
import type { PodStore } from "./pod-store";
import type { SettingsStore } from "./settings-store";
import type { SnapshotStore } from "./snapshot-store";
import type { StreamStore } from "./stream-store";
import type { UsageStore } from "./usage-store";
import type { WorkspaceStore } from "./workspace-store";

/** The public members of a class, so that another class can implement them. */
type Public<Class> = Pick<Class, keyof Class>;

/** The stores that can change in one transaction. */
export interface TransactionStores {
  readonly workspaces: Public<WorkspaceStore>;
  readonly handlers: Public<HandlerStore>;
  readonly documents: Public<DocumentStore>;
  readonly snapshots: Public<SnapshotStore>;
  readonly settings: Public<SettingsStore>;
  readonly idempotency: Public<IdempotencyStore>;
  readonly usage: Public<UsageStore>;
}

/** Where workspaces are kept. PostgreSQL and memory pass the same tests (test/stores.test.ts). */
export interface Stores extends TransactionStores {
  /** The mode of storage in /health. */
  readonly storage: "postgres" | "ephemeral";
  readonly pods: Public<PodStore>;
  readonly images: Public<ImageStore>;
  readonly commits: Public<CommitStore>;
  readonly streams: Public<StreamStore>;
  readonly times: Public<ExecutionTimeStore>;
  readonly drills: Public<DrillStore>;
  /** Deletes everything of tenants; it can be repeated. */
  readonly erase: (tenantIds: readonly string[]) => Promise<void>;
  /** Makes all changes of the work, or none if it throws. The work uses only the stores that it is given. */
  readonly transaction: <T>(work: (stores: TransactionStores) => Promise<T>) => Promise<T>;
  /** The checks of /ready, by name. */
  readonly readiness: Readonly<Record<string, ReadinessCheck>>;
  /** Resolves when the storage can be used; stops waiting when the signal is aborted. */
  readonly connect: (signal: AbortSignal) => Promise<void>;
  readonly close: () => Promise<void>;
}
