import { databaseSchemas, type SchemaMigration } from "@nexus/contract";
import type { MigrationSet } from "@nexus/service";
import { type Migration, sql } from "kysely";
import { documentMigration } from "./document-migration";
import { drillMigration } from "./drill-migration";
import { executionTimeMigration } from "./execution-time-migration";
import { planLimitMigration } from "./plan-limit-migration";
import { selfRunningMigration } from "./self-running-migration";
import { storageMigration } from "./storage-migration";
import { tenantUsageMigration } from "./tenant-usage-migration";
import { workspaceCountMigration } from "./workspace-count-migration";

export const kernelMigrations: MigrationSet = {
  schema: databaseSchemas["workspace-kernel"],
  migrations: {
    "0001_workspaces": {
      async up(db) {
        await sql`
          create table kernel.workspaces (
            id uuid primary key,
            tenant_id uuid not null,
            name text not null,
            owner_pod text,
            owner_url text,
            epoch integer not null default 1,
            lease_expires_at timestamptz,
            memory_bytes integer not null default 0,
            created_at timestamptz not null default now(),
            last_active_at timestamptz not null default now()
          )`.execute(db);
        await sql`create index workspaces_tenant on kernel.workspaces (tenant_id, created_at)`.execute(db);
        await sql`create index workspaces_owner on kernel.workspaces (owner_pod)`.execute(db);
        await sql`
          create table kernel.pods (
            name text primary key,
            url text not null,
            active integer not null,
            capacity integer not null,
            heartbeat_at timestamptz not null
          )`.execute(db);
      },
    },
    "0002_durable_workspaces": {
      async up(db) {
        await sql`
          alter table kernel.workspaces
            add column stopped boolean not null default false,
            add column stop_reason text,
            add column stopped_at timestamptz,
            add column keep_alive_until timestamptz,
            add column heap_seq bigint not null default 0,
            add column heap_build text,
            add column heap_memory_bytes bigint not null default 0,
            add column stream_seq bigint not null default 0,
            add column stream_floor bigint not null default 0`.execute(db);
        await sql`
          create table kernel.workspace_data (
            workspace_id uuid primary key references kernel.workspaces on delete cascade,
            state text not null,
            panels text not null
          )`.execute(db);
        await sql`
          create table kernel.heap_segments (
            workspace_id uuid not null references kernel.workspaces on delete cascade,
            seq bigint not null,
            data bytea not null,
            primary key (workspace_id, seq)
          )`.execute(db);
        // The segments are already compressed (deflate).
        await sql`alter table kernel.heap_segments alter column data set storage external`.execute(db);
        await sql`
          create table kernel.stream_entries (
            workspace_id uuid not null references kernel.workspaces on delete cascade,
            seq bigint not null,
            kind text not null,
            name text not null,
            payload text not null,
            primary key (workspace_id, seq)
          )`.execute(db);
        await sql`
          create table kernel.handlers (
            workspace_id uuid not null references kernel.workspaces on delete cascade,
            name text not null,
            version integer not null,
            code text not null,
            capabilities text[] not null,
            updated_at timestamptz not null default now(),
            primary key (workspace_id, name)
          )`.execute(db);
        await sql`
          create table kernel.snapshots (
            id uuid primary key,
            workspace_id uuid not null references kernel.workspaces on delete cascade,
            name text not null,
            heap_seq bigint not null,
            heap_build text,
            heap_memory_bytes bigint not null,
            state text not null,
            panels text not null,
            handlers text not null,
            created_at timestamptz not null default now()
          )`.execute(db);
        await sql`create index snapshots_workspace on kernel.snapshots (workspace_id, created_at)`.execute(db);
        await sql`
          create table kernel.snapshot_segments (
            snapshot_id uuid not null references kernel.snapshots on delete cascade,
            seq bigint not null,
            data bytea not null,
            primary key (snapshot_id, seq)
          )`.execute(db);
        await sql`alter table kernel.snapshot_segments alter column data set storage external`.execute(db);
        await sql`
          create table kernel.idempotency_keys (
            scope uuid not null,
            key text not null,
            request_hash text not null,
            status integer not null,
            body text not null,
            created_at timestamptz not null default now(),
            primary key (scope, key)
          )`.execute(db);
        await sql`create index idempotency_keys_age on kernel.idempotency_keys (created_at)`.execute(db);
        await sql`
          create table kernel.tenant_settings (
            tenant_id uuid primary key,
            http_allow text[] not null default '{}'
          )`.execute(db);
      },
    },
    "0003_stream_sizes": {
      async up(db) {
        await sql`alter table kernel.workspaces add column stream_bytes bigint not null default 0`.execute(db);
        await sql`alter table kernel.stream_entries add column ends_at bigint not null default 0`.execute(db);
      },
    },
    "0004_execution_times": executionTimeMigration,
    "0005_workspace_counts": workspaceCountMigration,
    "0006_plan_limits": planLimitMigration,
    "0007_drills": drillMigration,
    "0008_documents": documentMigration,
    "0009_storage_reservations": storageMigration,
    "0012_tenant_usage": tenantUsageMigration,
    "0013_self_running_cells": selfRunningMigration,
  } satisfies Record<SchemaMigration<"workspace-kernel">, Migration>,
};
