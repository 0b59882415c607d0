import type { Migration } from "kysely";
import { sql } from "kysely";

/** Who is suspended, who administers the platform, and what was deleted but is not gone everywhere. */
export const standingMigration: Migration = {
  async up(db) {
    await sql`
      alter table studio.tenants
        add column suspended_at timestamptz,
        add column suspended_reason text`.execute(db);
    await sql`
      alter table studio.users
        add column suspended_at timestamptz,
        add column suspended_reason text,
        add column platform_admin boolean not null default false`.execute(db);
    await sql`create index tenants_suspended on studio.tenants (id) where suspended_reason is not null`.execute(db);
    await sql`create index users_suspended on studio.users (id) where suspended_reason is not null`.execute(db);
    await sql`create index tenants_page on studio.tenants (created_at, id)`.execute(db);
    await sql`
      create table studio.deleted (
        id uuid primary key,
        kind text not null check (kind in ('tenant', 'person')),
        deleted_at timestamptz not null default now(),
        erased_at timestamptz
      )`.execute(db);
  },
};
