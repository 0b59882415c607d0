import type { Generated } from "kysely";

/** Tables of the schema `kernel`. A bigint comes as text unless the statement casts it. */
export interface KernelTables {
  "kernel.workspaces": WorkspacesTable;
  "kernel.workspace_data": WorkspaceDataTable;
  "kernel.heap_segments": HeapSegmentsTable;
  "kernel.stream_entries": StreamEntriesTable;
  "kernel.handlers": HandlersTable;
  "kernel.documents": DocumentsTable;
  "kernel.cells": CellsTable;
  "kernel.cell_runs": CellRunsTable;
  "kernel.snapshots": SnapshotsTable;
  "kernel.snapshot_segments": SnapshotSegmentsTable;
  "kernel.idempotency_keys": IdempotencyKeysTable;
  "kernel.tenant_settings": TenantSettingsTable;
  "kernel.execution_days": ExecutionDaysTable;
  "kernel.pods": PodsTable;
  "kernel.drills": DrillsTable;
  "kernel.storage_reservations": StorageReservationsTable;
}

interface WorkspacesTable {
  id: string;
  tenant_id: string;
  name: string;
  owner_pod: string | null;
  owner_url: string | null;
  /** Incremented with each new owner, so that a write by an earlier owner no longer matches. */
  epoch: Generated<number>;
  lease_expires_at: Date | null;
  memory_bytes: Generated<number>;
  created_at: Generated<Date>;
  last_active_at: Generated<Date>;
  /** A user stopped it: only `resume` brings it back. */
  stopped: Generated<boolean>;
  /** Why nobody holds it. */
  stop_reason: string | null;
  stopped_at: Date | null;
  /** It is not unloaded as idle before this time. */
  keep_alive_until: Date | null;
  /** Number of the newest segment of the heap. */
  heap_seq: Generated<number>;
  /** Build of the sandbox that can read the heap. */
  heap_build: string | null;
  heap_memory_bytes: Generated<number>;
  /** Number of the newest entry of the stream. */
  stream_seq: Generated<number>;
  /** Entries up to this number do not lead to the present panels. */
  stream_floor: Generated<number>;
  /** Bytes of all entries that the stream ever had. */
  stream_bytes: Generated<number>;
}

interface WorkspaceDataTable {
  workspace_id: string;
  /** JSON texts by key, as JSON. */
  state: string;
  panels: string;
}

interface HeapSegmentsTable {
  workspace_id: string;
  seq: number;
  data: Buffer;
}

interface StreamEntriesTable {
  workspace_id: string;
  seq: number;
  kind: string;
  name: string;
  payload: string;
  /** Bytes of the stream up to this entry, all earlier ones included. */
  ends_at: Generated<number>;
}

interface HandlersTable {
  workspace_id: string;
  name: string;
  version: number;
  code: string;
  capabilities: string[];
  updated_at: Generated<Date>;
}

interface DocumentsTable {
  workspace_id: string;
  /** Incremented with every change, also of a run. */
  version: Generated<number>;
  cell_order: Generated<string[]>;
}

interface CellsTable {
  workspace_id: string;
  id: string;
  title: string;
  kind: string;
  code: string;
  auto: Generated<boolean>;
  /** Incremented when somebody writes the cell. */
  version: number;
  /** The document's version at the last change of the cell or of its runs. */
  changed: number;
  updated_at: Generated<Date>;
  updated_by: string;
  /** What its code declares and uses, as JSON; null until somebody asks. */
  facts: string | null;
}

interface CellRunsTable {
  workspace_id: string;
  id: string;
  cell_id: string;
  /** The document's version when it began. */
  seq: number;
  cell_version: number;
  /** Epoch of the owner in which it runs; with a later one it was interrupted. */
  epoch: number;
  run_by: string;
  started_at: Generated<Date>;
  ended_at: Date | null;
  failed: Generated<boolean>;
  /** The answer, as JSON; null until it ends, and when it is forgotten. */
  outcome: string | null;
}

interface SnapshotsTable {
  id: string;
  workspace_id: string;
  name: string;
  heap_seq: number;
  heap_build: string | null;
  heap_memory_bytes: number;
  state: string;
  panels: string;
  handlers: string;
  /** Cells and runs as JSON; null in snapshots that were made before there were any. */
  document: string | null;
  created_at: Generated<Date>;
}

interface SnapshotSegmentsTable {
  snapshot_id: string;
  seq: number;
  data: Buffer;
}

interface IdempotencyKeysTable {
  scope: string;
  key: string;
  request_hash: string;
  status: number;
  body: string;
  created_at: Generated<Date>;
}

interface TenantSettingsTable {
  tenant_id: string;
  http_allow: Generated<string[]>;
}

interface PodsTable {
  name: string;
  url: string;
  active: number;
  capacity: number;
  heartbeat_at: Date;
}

/** Running time of executions of a tenant on a day (UTC). */
interface ExecutionDaysTable {
  tenant_id: string;
  day: string;
  used_ms: Generated<number>;
  reserved_ms: Generated<number>;
  executions: Generated<number>;
  /** Bytes of events and panel changes. */
  stream_bytes: Generated<number>;
  reserved_stream_bytes: Generated<number>;
  /** How many executions the last reservation let begin. */
  granted: Generated<number>;
}

/** Room that a pod has reserved for what executions of a tenant will write. */
interface StorageReservationsTable {
  tenant_id: string;
  pod: string;
  bytes: number;
  expires_at: Date;
}

/** The last drill of the backups, in one row. */
interface DrillsTable {
  only_row: Generated<boolean>;
  ended_at: Date;
  succeeded: boolean;
  proven_backup: string | null;
  proven_at: Date | null;
}
