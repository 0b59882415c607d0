import type { ReadinessCheck } from "@nexus/service";
import type { CommitStore } from "./commit-store";
import type { HandlerStore } from "./handler-store";
import type { IdempotencyStore } from "./idempotency-store";
import type { ImageStore } from "./image-store";
import type { PodStore } from "./pod-store";
import type { SettingsStore } from "./settings-store";
import type { SnapshotStore } from "./snapshot-store";
import type { StreamStore } from "./stream-store";
import type { WorkspaceStore } from "./workspace-store";

/** What a class shows to others, which another one can offer as well. */
export type Public<Class> = Pick<Class, keyof Class>;

/** Where workspaces are kept. */
export interface Stores {
  /** As /health says it. */
  readonly storage: "postgres" | "ephemeral";
  readonly workspaces: Public<WorkspaceStore>;
  readonly pods: Public<PodStore>;
  readonly settings: Public<SettingsStore>;
  readonly images: Public<ImageStore>;
  readonly commits: Public<CommitStore>;
  readonly idempotency: Public<IdempotencyStore>;
  readonly handlers: Public<HandlerStore>;
  readonly streams: Public<StreamStore>;
  readonly snapshots: Public<SnapshotStore>;
  /** What /ready asks, by name. */
  readonly readiness: Readonly<Record<string, ReadinessCheck>>;
  /** Resolves once it can be used, or the signal gives up waiting. */
  readonly connect: (signal: AbortSignal) => Promise<void>;
  readonly close: () => Promise<void>;
}
