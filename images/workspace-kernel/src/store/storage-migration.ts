import type { Migration } from "kysely";
import { sql } from "kysely";

/** Any fixed number besides COUNT_LOCK; with that of a tenant it names the lock of those who store much at once. */
export const STORAGE_LOCK = 720_452;

/** Room of tenants that pods have reserved for what executions will write. */
export const storageMigration: Migration = {
  async up(db) {
    await sql`
      create table kernel.storage_reservations (
        tenant_id uuid not null,
        pod text not null,
        bytes bigint not null,
        expires_at timestamptz not null,
        primary key (tenant_id, pod)
      )`.execute(db);
    await sql`create index storage_reservations_age on kernel.storage_reservations (expires_at)`.execute(db);
    await sql`
      create function kernel.stored_bytes(tenant uuid, most_stream bigint) returns bigint language sql stable as $$
        with w as (select id, stream_bytes from kernel.workspaces where tenant_id = tenant),
        s as (select s.* from kernel.snapshots s join w on w.id = s.workspace_id)
        select coalesce(sum(bytes), 0)::bigint from (
          select least(stream_bytes, most_stream) as bytes from w
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
                    where k.scope = tenant or k.scope in (select id from w)
        ) as parts
      $$`.execute(db);
    await sql`
      create function kernel.reserved_bytes(tenant uuid, besides text) returns bigint language sql volatile as $$
        select coalesce(sum(bytes), 0)::bigint from kernel.storage_reservations
        where tenant_id = tenant and pod <> besides and expires_at > clock_timestamp()
      $$`.execute(db);
    // Each statement of a volatile function sees what was committed before it, so also what others did while it waited
    // for the lock. Reservations are read first: what a pod writes meanwhile then counts twice, and never not at all.
    await sql`
      create function kernel.reserve_storage(
        tenant uuid, holder text, most_stream bigint, most bigint, pending bigint, needed bigint, portion bigint,
        seconds double precision, out reserved bigint, out stored bigint, out granted bigint
      ) language plpgsql volatile as $$
      declare free bigint;
      begin
        perform pg_advisory_xact_lock(${sql.lit(STORAGE_LOCK)}, hashtext(tenant::text));
        reserved := kernel.reserved_bytes(tenant, holder);
        stored := kernel.stored_bytes(tenant, most_stream);
        free := greatest(0, most - stored - reserved - pending);
        granted := least(free, greatest(needed, least(portion, free / 32)));
        insert into kernel.storage_reservations (tenant_id, pod, bytes, expires_at)
        values (tenant, holder, pending + granted, clock_timestamp() + seconds * interval '1 second')
        on conflict (tenant_id, pod) do update set bytes = excluded.bytes, expires_at = excluded.expires_at;
      end $$`.execute(db);
  },
};
