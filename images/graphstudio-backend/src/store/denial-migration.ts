import type { Migration } from "kysely";
import { sql } from "kysely";

/** How much of each hour's denied requests a trail has, and which reports of services were taken. */
export const denialMigration: Migration = {
  async up(db) {
    await sql`
      create table studio.denial_hours (
        chain text not null,
        actor text not null,
        hour timestamptz not null,
        rows integer not null default 0,
        skipped bigint not null default 0,
        primary key (chain, actor, hour)
      )`.execute(db);
    await sql`
      create table studio.denial_batches (
        id uuid not null,
        tenant_id uuid not null,
        received_at timestamptz not null default now(),
        primary key (id, tenant_id)
      )`.execute(db);
  },
};
