import type { Migration } from "kysely";
import { sql } from "kysely";

/** What the administration of the platform reads of many tenants at once; it knows no table of the kernel. */
export const tenantUsageMigration: Migration = {
  async up(db) {
    // A stable function cannot write.
    await sql`
      create function kernel.tenant_usage(tenants uuid[], most_stream bigint)
      returns table (tenant_id uuid, workspaces bigint, active_workspaces bigint, stored_bytes bigint)
      language sql stable as $$
        select t.id, w.workspaces, w.active, kernel.stored_bytes(t.id, most_stream)
        from unnest(tenants) as t (id)
        cross join lateral (
          select count(*), count(*) filter (where lease_expires_at > now())
          from kernel.workspaces where workspaces.tenant_id = t.id
        ) as w (workspaces, active)
      $$`.execute(db);
    await sql`
      create function kernel.tenant_days(tenants uuid[], since date)
      returns table (
        tenant_id uuid, day date, used_ms bigint, reserved_ms bigint, executions bigint, stream_bytes bigint,
        reserved_stream_bytes bigint
      )
      language sql stable as $$
        select d.tenant_id, d.day, d.used_ms, d.reserved_ms, d.executions, d.stream_bytes, d.reserved_stream_bytes
        from kernel.execution_days as d
        where d.tenant_id = any(tenants) and d.day >= since
      $$`.execute(db);
  },
};
