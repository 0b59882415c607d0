import type { Migration } from "kysely";
import { sql } from "kysely";

/** Second factors and recovery codes, sign-ins that wait for one, and links that prove an address. */
export const secondFactorMigration: Migration = {
  async up(db) {
    await sql`
      create table studio.second_factors (
        user_id uuid primary key references studio.users on delete cascade,
        secret text not null,
        key_id text not null,
        last_step integer not null default 0,
        created_at timestamptz not null default now(),
        confirmed_at timestamptz
      )`.execute(db);
    await sql`create index second_factors_key on studio.second_factors (key_id)`.execute(db);
    await sql`
      create table studio.recovery_codes (
        user_id uuid not null references studio.second_factors on delete cascade,
        code_hash bytea not null,
        primary key (user_id, code_hash)
      )`.execute(db);
    await sql`
      create table studio.sign_in_challenges (
        token_hash bytea primary key,
        user_id uuid not null references studio.users on delete cascade,
        expires_at timestamptz not null
      )`.execute(db);
    await sql`create index sign_in_challenges_user on studio.sign_in_challenges (user_id)`.execute(db);
    await sql`alter table studio.tenants add column requires_second_factor boolean not null default false`.execute(db);
    await sql`
      create table studio.address_links (
        user_id uuid primary key references studio.users on delete cascade,
        email text not null,
        token_hash bytea not null,
        expires_at timestamptz not null
      )`.execute(db);
    await sql`alter table studio.invitations add column mailed_token_hash bytea unique`.execute(db);
  },
};
