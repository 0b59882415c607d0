import type { Migration } from "kysely";
import { sql } from "kysely";

/** The variable of a transaction that lets it delete old rows. */
export const RETENTION = "nexus.audit_retention";

/** Audit trails. They outlive their tenants, so nothing refers to those. */
export const auditMigration: Migration = {
  async up(db) {
    await sql`
      create table studio.audit_chains (
        chain text primary key,
        seq bigint not null,
        hash text not null
      )`.execute(db);
    await sql`
      create table studio.audit_rows (
        chain text not null,
        seq bigint not null,
        at timestamptz not null,
        line text not null,
        primary key (chain, seq)
      )`.execute(db);
    await sql`create index audit_rows_at on studio.audit_rows (at)`.execute(db);
    await sql`
      create function studio.keep_audit() returns trigger language plpgsql as $$
      begin
        if tg_op = 'DELETE' and current_setting(${sql.lit(RETENTION)}, true) = 'on' then return old; end if;
        raise exception 'rows of an audit trail cannot be changed or removed';
      end $$`.execute(db);
    await sql`
      create trigger keep_audit before update or delete on studio.audit_rows
      for each row execute function studio.keep_audit()`.execute(db);
    await sql`
      create trigger keep_audit_whole before truncate on studio.audit_rows
      for each statement execute function studio.keep_audit()`.execute(db);
  },
};
