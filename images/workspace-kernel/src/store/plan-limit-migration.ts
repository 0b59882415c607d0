import type { Migration } from "kysely";
import { sql } from "kysely";
import { COUNT_LOCK } from "./workspace-count-migration";

/** Counts what plans limit beside workspaces and running time: active workspaces, and what executions send. */
export const planLimitMigration: Migration = {
  async up(db) {
    // Two statements in a volatile function, as in count_workspaces. Both have one lock, so none waits for the other's.
    await sql`
      create function kernel.count_active(tenant uuid, besides uuid) returns bigint language plpgsql volatile as $$
      begin
        perform pg_advisory_xact_lock(${sql.lit(COUNT_LOCK)}, hashtext(tenant::text));
        return (select count(*) from kernel.workspaces
                where tenant_id = tenant and id <> besides and lease_expires_at > now());
      end $$`.execute(db);
    await sql`
      alter table kernel.execution_days
        add column stream_bytes bigint not null default 0,
        add column reserved_stream_bytes bigint not null default 0`.execute(db);
  },
};
