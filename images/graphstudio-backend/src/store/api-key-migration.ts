import type { Migration } from "kysely";
import { sql } from "kysely";

/** API keys of tenants, by the hashes of their texts. */
export const apiKeyMigration: Migration = {
  async up(db) {
    await sql`
      create table studio.api_keys (
        id uuid primary key,
        tenant_id uuid not null references studio.tenants on delete cascade,
        made_by uuid not null references studio.users on delete cascade,
        name text not null,
        key_hash bytea not null unique,
        scopes text[] not null,
        created_at timestamptz not null default now(),
        expires_at timestamptz not null,
        last_used_at timestamptz
      )`.execute(db);
    await sql`create index api_keys_tenant on studio.api_keys (tenant_id)`.execute(db);
    await sql`create index api_keys_maker on studio.api_keys (made_by)`.execute(db);
  },
};
