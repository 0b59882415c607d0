import type { Migration } from "kysely";
import { sql } from "kysely";

/**
 * Tables that better-auth works on, beside those that the release before reads and writes. Its pods still run while this
 * is applied, so two triggers keep `users.password_hash` and `identities.password` the same, whichever is written.
 */
export const identityMigration: Migration = {
  async up(db) {
    await sql`
      alter table studio.users
        alter column password_hash drop not null,
        add column name text not null default '',
        add column email_verified boolean not null default false,
        add column image text,
        add column updated_at timestamptz not null default now()`.execute(db);
    await sql`
      create table studio.identities (
        id uuid primary key default gen_random_uuid(),
        user_id uuid not null references studio.users on delete cascade,
        provider_id text not null,
        account_id text not null,
        password text,
        access_token text,
        refresh_token text,
        id_token text,
        access_token_expires_at timestamptz,
        refresh_token_expires_at timestamptz,
        scope text,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        unique (provider_id, account_id)
      )`.execute(db);
    await sql`create index identities_user on studio.identities (user_id)`.execute(db);
    await sql`
      create table studio.browser_sessions (
        id uuid primary key,
        user_id uuid not null references studio.users on delete cascade,
        token text not null unique,
        tenant_id uuid references studio.tenants on delete set null,
        expires_at timestamptz not null,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        ip_address text,
        user_agent text
      )`.execute(db);
    await sql`create index browser_sessions_user on studio.browser_sessions (user_id)`.execute(db);
    await sql`create index browser_sessions_expiry on studio.browser_sessions (expires_at)`.execute(db);
    await sql`
      create table studio.verifications (
        id uuid primary key,
        identifier text not null,
        value text not null,
        expires_at timestamptz not null,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now()
      )`.execute(db);
    await sql`create index verifications_identifier on studio.verifications (identifier)`.execute(db);
    await sql`
      alter table studio.sessions
        add column tenant_id uuid references studio.tenants on delete set null`.execute(db);
    await keepPasswordsTheSame(db);
    await sql`
      insert into studio.identities (user_id, provider_id, account_id, password, created_at)
      select id, 'credential', id::text, password_hash, created_at from studio.users
      on conflict do nothing`.execute(db);
  },
};

async function keepPasswordsTheSame(db: Parameters<Migration["up"]>[0]): Promise<void> {
  await sql`
    create function studio.password_to_identity() returns trigger language plpgsql as $$
    begin
      insert into studio.identities as identities (user_id, provider_id, account_id, password)
      values (new.id, 'credential', new.id::text, new.password_hash)
      on conflict (provider_id, account_id) do update set password = excluded.password, updated_at = now()
      where identities.password is distinct from excluded.password;
      return null;
    end $$`.execute(db);
  await sql`
    create trigger password_to_identity after insert or update of password_hash on studio.users
    for each row when (new.password_hash is not null)
    execute function studio.password_to_identity()`.execute(db);
  await sql`
    create function studio.password_to_user() returns trigger language plpgsql as $$
    begin
      update studio.users set password_hash = new.password
      where id = new.user_id and password_hash is distinct from new.password;
      return null;
    end $$`.execute(db);
  await sql`
    create trigger password_to_user after insert or update of password on studio.identities
    for each row when (new.provider_id = 'credential')
    execute function studio.password_to_user()`.execute(db);
}
