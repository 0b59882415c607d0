import type { Migration } from "kysely";
import { sql } from "kysely";

/** Any fixed number; with that of a tenant it names the lock of those who count what the tenant has. */
export const COUNT_LOCK = 720_451;

/** Counts a tenant's workspaces, one transaction after the other, so that two that make one at once both count right. */
export const workspaceCountMigration: Migration = {
  async up(db) {
    // It is volatile, so the second statement sees what was committed while the first one waited.
    await sql`
      create function kernel.count_workspaces(tenant uuid) returns bigint language plpgsql volatile as $$
      begin
        perform pg_advisory_xact_lock(${sql.lit(COUNT_LOCK)}, hashtext(tenant::text));
        return (select count(*) from kernel.workspaces where tenant_id = tenant);
      end $$`.execute(db);
  },
};
