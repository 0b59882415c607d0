import type { Migration } from "kysely";
import { sql } from "kysely";

/** The cluster that the platform runs in, as a cluster of tenants, and who has which namespace there. */
export const ownClusterMigration: Migration = {
  async up(db) {
    await sql`alter table studio.clusters add column own boolean not null default false`.execute(db);
    await sql`create unique index clusters_own on studio.clusters (tenant_id) where own`.execute(db);
    // Without a reference: what a deleted tenant left in its namespace must not become another one's.
    await sql`
      create table studio.tenant_namespaces (
        name text primary key,
        tenant_id uuid not null unique,
        taken_at timestamptz not null default now()
      )`.execute(db);
  },
};
