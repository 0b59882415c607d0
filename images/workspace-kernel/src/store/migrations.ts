import type { MigrationSet } from "@nexus/service";
import { sql } from "kysely";

export const kernelMigrations: MigrationSet = {
  schema: "kernel",
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
  },
};
