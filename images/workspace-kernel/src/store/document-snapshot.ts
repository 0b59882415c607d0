import { type Kysely, sql } from "kysely";
import type { KernelTables } from "./tables";

/** The document of a workspace `w` as JSON; what runs now is not part of it. */
export const documentOfSnapshot = sql<string>`json_build_object(
  'version', coalesce((select version from kernel.documents where workspace_id = w.id), 0),
  'order', coalesce((select to_json(cell_order) from kernel.documents where workspace_id = w.id), '[]'),
  'cells', coalesce((select json_agg(c) from kernel.cells c where c.workspace_id = w.id), '[]'),
  'runs', coalesce((select json_agg(r) from kernel.cell_runs r
                    where r.workspace_id = w.id and r.ended_at is not null), '[]'))::text`;

/**
 * Puts the document of a snapshot into a workspace; snapshots that were made before there were any leave it as it is.
 * Those of the release before do not know which cells run by themselves.
 */
export async function restoreDocument(db: Kysely<KernelTables>, snapshotId: string, target: string): Promise<void> {
  const from = sql`(select document::json as document from kernel.snapshots
                    where id = ${snapshotId} and document is not null) as s`;
  await sql`
    insert into kernel.documents as d (workspace_id, version, cell_order)
    select ${target}, (s.document ->> 'version')::bigint + 1,
           array(select json_array_elements_text(s.document -> 'order'))::uuid[] from ${from}
    on conflict (workspace_id) do update
    set version = greatest(d.version + 1, excluded.version), cell_order = excluded.cell_order`.execute(db);
  await sql`delete from kernel.cells where workspace_id = ${target} and exists (select from ${from})`.execute(db);
  await sql`
    insert into kernel.cells (workspace_id, id, title, kind, code, auto, version, changed, updated_at, updated_by,
                              facts)
    select ${target}, c.id, c.title, c.kind, c.code, coalesce(c.auto, false), c.version, d.version, c.updated_at,
           c.updated_by, c.facts
    from ${from}, json_populate_recordset(null::kernel.cells, s.document -> 'cells') as c,
         kernel.documents d where d.workspace_id = ${target}`.execute(db);
  await sql`
    insert into kernel.cell_runs (workspace_id, id, cell_id, seq, cell_version, epoch, run_by, started_at, ended_at,
                                  failed, outcome)
    select ${target}, r.id, r.cell_id, r.seq, r.cell_version, r.epoch, r.run_by, r.started_at, r.ended_at, r.failed,
           r.outcome
    from ${from}, json_populate_recordset(null::kernel.cell_runs, s.document -> 'runs') as r`.execute(db);
}
