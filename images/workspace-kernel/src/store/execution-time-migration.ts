import type { Migration } from "kysely";
import { sql } from "kysely";

/** Running time of executions by tenant and day, and what is reserved for those that run. */
export const executionTimeMigration: Migration = {
  async up(db) {
    await sql`
      create table kernel.execution_days (
        tenant_id uuid not null,
        day date not null,
        used_ms bigint not null default 0,
        reserved_ms bigint not null default 0,
        executions bigint not null default 0,
        granted bigint not null default 0,
        primary key (tenant_id, day)
      )`.execute(db);
    await sql`create index execution_days_age on kernel.execution_days (day)`.execute(db);
  },
};
