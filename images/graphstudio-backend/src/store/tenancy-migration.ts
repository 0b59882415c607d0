import type { Migration } from "kysely";
import { sql } from "kysely";

/** The SQLSTATE of a change that would leave a tenant without an owner. */
export const LAST_OWNER = "NX001";

/** Four roles, invitations, and a tenant that keeps an owner whatever happens at the same time. */
export const tenancyMigration: Migration = {
  async up(db) {
    await sql`
      alter table studio.members
        drop constraint members_role_check,
        add constraint members_role_check check (role in ('owner', 'admin', 'member', 'viewer'))`.execute(db);
    await sql`create index members_tenant on studio.members (tenant_id)`.execute(db);
    await sql`
      create table studio.invitations (
        id uuid primary key,
        tenant_id uuid not null references studio.tenants on delete cascade,
        token_hash bytea not null unique,
        role text not null check (role in ('owner', 'admin', 'member', 'viewer')),
        email text,
        invited_by uuid not null references studio.users on delete cascade,
        created_at timestamptz not null default now(),
        expires_at timestamptz not null,
        accepted_at timestamptz
      )`.execute(db);
    await sql`create index invitations_tenant on studio.invitations (tenant_id)`.execute(db);
    await sql`create index invitations_inviter on studio.invitations (invited_by)`.execute(db);
    // Whoever comes second waits for the tenant, and counts what the first one left. A tenant that is itself deleted is not
    // found any more.
    await sql`
      create function studio.keep_an_owner() returns trigger language plpgsql as $$
      begin
        perform 1 from studio.tenants where id = old.tenant_id for no key update;
        if found and not exists (
          select 1 from studio.members where tenant_id = old.tenant_id and role = 'owner'
        ) then
          raise exception 'the tenant % would have no owner', old.tenant_id using errcode = ${sql.lit(LAST_OWNER)};
        end if;
        return null;
      end $$`.execute(db);
    await sql`
      create trigger keep_an_owner after update of role, tenant_id or delete on studio.members
      for each row when (old.role = 'owner')
      execute function studio.keep_an_owner()`.execute(db);
  },
};
