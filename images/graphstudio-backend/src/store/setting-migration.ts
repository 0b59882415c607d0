import type { Migration } from "kysely";
import { sql } from "kysely";

/** Values of variables that a tenant keeps for all of its deployments; all of them are encrypted. */
export const settingMigration: Migration = {
  async up(db) {
    await sql`
      create table studio.settings (
        id uuid primary key,
        tenant_id uuid not null references studio.tenants on delete cascade,
        name text not null collate "C",
        secret boolean not null,
        sealed bytea not null,
        key_id text not null,
        made_by uuid not null,
        updated_at timestamptz not null default now(),
        unique (tenant_id, name)
      )`.execute(db);
    await sql`create index settings_key on studio.settings (key_id, id)`.execute(db);
  },
};
