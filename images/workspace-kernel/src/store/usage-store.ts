import { type Kysely, sql } from "kysely";
import type { StoreLimits } from "./limits";
import type { KernelTables } from "./tables";

/** Any fixed number besides COUNT_LOCK; with that of a tenant it names the lock of those who store much at once. */
const STORAGE_LOCK = 720_452;

/** What tenants take of the storage. */
export class UsageStore {
  constructor(
    private readonly db: Kysely<KernelTables>,
    private readonly limits: Pick<StoreLimits, "streamBytes">,
  ) {}

  /** Bytes of everything that is kept of a tenant. */
  async bytes(tenantId: string): Promise<number> {
    const { rows } = await sql<{ bytes: number }>`
      with w as (select id, stream_bytes from kernel.workspaces where tenant_id = ${tenantId}),
      s as (select s.* from kernel.snapshots s join w on w.id = s.workspace_id)
      select coalesce(sum(bytes), 0)::float8 as bytes from (
        select least(stream_bytes, ${this.limits.streamBytes}::bigint) as bytes from w
        union all select octet_length(h.data) from kernel.heap_segments h join w on w.id = h.workspace_id
        union all select octet_length(g.data) from kernel.snapshot_segments g join s on s.id = g.snapshot_id
        union all select octet_length(state) + octet_length(panels) + octet_length(handlers)
                         + coalesce(octet_length(document), 0) from s
        union all select octet_length(c.title) + octet_length(c.code) + coalesce(octet_length(c.facts), 0)
                  from kernel.cells c join w on w.id = c.workspace_id
        union all select octet_length(r.outcome) from kernel.cell_runs r join w on w.id = r.workspace_id
        union all select octet_length(d.state) + octet_length(d.panels)
                  from kernel.workspace_data d join w on w.id = d.workspace_id
        union all select octet_length(h.code) from kernel.handlers h join w on w.id = h.workspace_id
        union all select octet_length(k.body) from kernel.idempotency_keys k
                  where k.scope = ${tenantId} or k.scope in (select id from w)
      ) as parts`.execute(this.db);
    return rows[0]?.bytes ?? 0;
  }

  /** Makes others who store much for the tenant at once wait until this transaction ends. */
  async lockStorage(tenantId: string): Promise<void> {
    await sql`select pg_advisory_xact_lock(${STORAGE_LOCK}, hashtext(${tenantId}))`.execute(this.db);
  }

  async active(tenantId: string, besides: string) {
    return await countActive(this.db, tenantId, besides);
  }

  async workspaces(tenantId: string): Promise<number> {
    return await countWorkspaces(this.db, tenantId);
  }
}

/** No workspace has this id. */
export const NO_WORKSPACE = "00000000-0000-0000-0000-000000000000";

/** How many workspaces of a tenant pods hold, by the database's clock, besides one, and whether they hold that one. */
export async function countActive(
  db: Kysely<KernelTables>,
  tenantId: string,
  besides: string,
): Promise<{ readonly count: number; readonly isActive: boolean }> {
  return await db
    .selectFrom("kernel.workspaces")
    .select([
      sql<number>`count(*) filter (where id <> ${besides})::int`.as("count"),
      sql<boolean>`count(*) filter (where id = ${besides}) > 0`.as("isActive"),
    ])
    .where("tenant_id", "=", tenantId)
    .where("lease_expires_at", ">", sql<Date>`now()`)
    .executeTakeFirstOrThrow();
}

export async function countWorkspaces(db: Kysely<KernelTables>, tenantId: string): Promise<number> {
  const { count } = await db
    .selectFrom("kernel.workspaces")
    .select(sql<number>`count(*)::int`.as("count"))
    .where("tenant_id", "=", tenantId)
    .executeTakeFirstOrThrow();
  return count;
}
