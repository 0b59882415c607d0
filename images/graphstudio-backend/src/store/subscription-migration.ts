import type { Migration } from "kysely";
import { sql } from "kysely";

/** Subscriptions of tenants; one without a row has the default plan. */
export const subscriptionMigration: Migration = {
  async up(db) {
    await sql`
      create table studio.subscriptions (
        tenant_id uuid primary key references studio.tenants on delete cascade,
        plan text not null,
        state text not null check (state in ('trial', 'active', 'past_due', 'cancelled')),
        period_start timestamptz,
        period_end timestamptz,
        changed_at timestamptz not null
      )`.execute(db);
    await sql`
      create table studio.billing_events (
        id text primary key,
        received_at timestamptz not null default now()
      )`.execute(db);
    await sql`create index billing_events_age on studio.billing_events (received_at)`.execute(db);
  },
};
