import { randomUUID } from "node:crypto";
import { ServiceError } from "@nexus/service";
import { type Kysely, sql, type Transaction } from "kysely";
import type { KernelTables } from "./tables";

export interface SnapshotRow {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly sizeBytes: number;
}

export const MAX_SNAPSHOTS = 20;

/** Named copies of a workspace's durable form. All of it happens inside the database. */
export class SnapshotStore {
  constructor(private readonly db: Kysely<KernelTables>) {}

  async list(workspaceId: string): Promise<SnapshotRow[]> {
    return await this.select(this.db).where("s.workspace_id", "=", workspaceId).orderBy("s.created_at").execute();
  }

  /** Copies what is durable now; a commit that is on its way comes before or after as a whole. */
  async create(trx: Transaction<KernelTables>, workspaceId: string, name: string, counts = true): Promise<SnapshotRow> {
    await lockWorkspace(trx, workspaceId);
    const { count } = await trx
      .selectFrom("kernel.snapshots")
      .select(sql<number>`count(*)::int`.as("count"))
      .where("workspace_id", "=", workspaceId)
      .executeTakeFirstOrThrow();
    if (counts && count >= MAX_SNAPSHOTS)
      throw new ServiceError("limit_reached", { detail: `A workspace may have ${MAX_SNAPSHOTS} snapshots` });
    const id = randomUUID();
    await sql`
      insert into kernel.snapshots
        (id, workspace_id, name, heap_seq, heap_build, heap_memory_bytes, state, panels, handlers)
      select ${id}, w.id, ${name}, w.heap_seq, w.heap_build, w.heap_memory_bytes,
             coalesce(d.state, '{}'), coalesce(d.panels, '{}'),
             coalesce((select json_agg(json_build_object('name', h.name, 'version', h.version, 'code', h.code,
                                                         'capabilities', h.capabilities))
                       from kernel.handlers h where h.workspace_id = w.id), '[]')::text
      from kernel.workspaces w left join kernel.workspace_data d on d.workspace_id = w.id
      where w.id = ${workspaceId}`.execute(trx);
    await sql`
      insert into kernel.snapshot_segments (snapshot_id, seq, data)
      select ${id}, seq, data from kernel.heap_segments where workspace_id = ${workspaceId}`.execute(trx);
    return await this.select(trx).where("s.id", "=", id).executeTakeFirstOrThrow();
  }

  async delete(trx: Transaction<KernelTables>, workspaceId: string, id: string): Promise<void> {
    const { numDeletedRows } = await trx
      .deleteFrom("kernel.snapshots")
      .where("workspace_id", "=", workspaceId)
      .where("id", "=", id)
      .executeTakeFirst();
    if (numDeletedRows === 0n) throw new ServiceError("snapshot_not_found");
  }

  /** Makes the workspace what it was; the caller has locked it. */
  async restore(trx: Transaction<KernelTables>, workspaceId: string, id: string): Promise<void> {
    await this.require(trx, workspaceId, id);
    await sql`delete from kernel.heap_segments where workspace_id = ${workspaceId}`.execute(trx);
    await sql`delete from kernel.handlers where workspace_id = ${workspaceId}`.execute(trx);
    await this.copyInto(trx, id, workspaceId);
    // What subscribers know of the panels is not true any more: they get them anew.
    await sql`
      update kernel.workspaces w
      set heap_seq = greatest(w.heap_seq, s.heap_seq) + 1, heap_build = s.heap_build,
          heap_memory_bytes = s.heap_memory_bytes, stream_seq = w.stream_seq + 1, stream_floor = w.stream_seq + 1
      from kernel.snapshots s where s.id = ${id} and w.id = ${workspaceId}`.execute(trx);
  }

  /** Fills a new workspace from a snapshot. */
  async fill(trx: Transaction<KernelTables>, source: string, id: string, target: string): Promise<void> {
    await this.require(trx, source, id);
    await this.copyInto(trx, id, target);
    await sql`
      update kernel.workspaces w
      set heap_seq = s.heap_seq, heap_build = s.heap_build, heap_memory_bytes = s.heap_memory_bytes
      from kernel.snapshots s where s.id = ${id} and w.id = ${target}`.execute(trx);
  }

  /** Fills a new workspace from what is durable of another one now. */
  async fillFromLive(trx: Transaction<KernelTables>, source: string, target: string): Promise<void> {
    const { id } = await this.create(trx, source, "clone", false);
    await this.fill(trx, source, id, target);
    await this.delete(trx, source, id);
  }

  private async require(trx: Transaction<KernelTables>, workspaceId: string, id: string): Promise<void> {
    const row = await this.select(trx)
      .where("s.workspace_id", "=", workspaceId)
      .where("s.id", "=", id)
      .executeTakeFirst();
    if (!row) throw new ServiceError("snapshot_not_found");
  }

  private async copyInto(trx: Transaction<KernelTables>, id: string, target: string): Promise<void> {
    await sql`
      insert into kernel.heap_segments (workspace_id, seq, data)
      select ${target}, seq, data from kernel.snapshot_segments where snapshot_id = ${id}`.execute(trx);
    await sql`
      insert into kernel.workspace_data (workspace_id, state, panels)
      select ${target}, state, panels from kernel.snapshots where id = ${id}
      on conflict (workspace_id) do update set state = excluded.state, panels = excluded.panels`.execute(trx);
    await sql`
      insert into kernel.handlers (workspace_id, name, version, code, capabilities)
      select ${target}, h.name, h.version, h.code, h.capabilities
      from kernel.snapshots s,
           json_to_recordset(s.handlers::json) as h (name text, version int, code text, capabilities text[])
      where s.id = ${id}`.execute(trx);
  }

  private select(db: Kysely<KernelTables>) {
    return db.selectFrom("kernel.snapshots as s").select([
      "s.id",
      "s.name",
      "s.created_at as createdAt",
      sql<number>`(select coalesce(sum(length(data)), 0)::float8 from kernel.snapshot_segments
                     where snapshot_id = s.id)`.as("sizeBytes"),
    ]);
  }
}

/** Keeps commits of the workspace out until the transaction ends. */
export async function lockWorkspace(trx: Transaction<KernelTables>, id: string, epoch?: number): Promise<void> {
  const row = await trx
    .selectFrom("kernel.workspaces")
    .select("epoch")
    .where("id", "=", id)
    .forUpdate()
    .executeTakeFirst();
  if (!row) throw new ServiceError("workspace_not_found");
  if (epoch !== undefined && row.epoch !== epoch) throw new ServiceError("owner_moved", { retryAfterSeconds: 1 });
}
