import type { Migration } from "kysely";
import { sql } from "kysely";

/** Clusters of tenants, with their encrypted kubeconfigs. */
export const clusterMigration: Migration = {
  async up(db) {
    await sql`
      create table studio.clusters (
        id uuid primary key,
        tenant_id uuid not null references studio.tenants on delete cascade,
        name text not null,
        context text not null,
        server text not null,
        namespace text not null,
        insecure boolean not null,
        sealed bytea not null,
        key_id text not null,
        status text not null check (status in ('connected', 'unreachable', 'unauthorized')),
        status_reason text,
        checked_at timestamptz not null,
        version text,
        node_count integer,
        created_at timestamptz not null default now(),
        unique (tenant_id, name)
      )`.execute(db);
    await sql`create index clusters_key on studio.clusters (key_id, id)`.execute(db);
  },
};

/** What the last scan of a cluster found. JSON as it is written: `jsonb` refuses some texts that a cluster may answer with. */
export const clusterScanMigration: Migration = {
  async up(db) {
    await sql`alter table studio.clusters add column scan json`.execute(db);
  },
};
