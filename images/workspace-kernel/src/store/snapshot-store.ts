import { randomUUID } from "node:crypto";
import { isAfter, type Page, type PageRequest, position, ServiceError, toPage } from "@nexus/service";
import { type Kysely, sql } from "kysely";
import { documentOfSnapshot, restoreDocument } from "./document-snapshot";
import { checkRoom, type StoreLimits } from "./limits";
import type { KernelTables } from "./tables";

export interface SnapshotRow {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly sizeBytes: number;
}

/** Named copies of a workspace's durable form. All of it happens inside the database. */
export class SnapshotStore {
  constructor(
    private readonly db: Kysely<KernelTables>,
    private readonly limits: Pick<StoreLimits, "snapshotsPerTenant" | "snapshotsPerWorkspace">,
  ) {}

  /** The oldest ones first. */
  async list(workspaceId: string, { limit, after }: PageRequest): Promise<Page<SnapshotRow>> {
    const rows = await this.select()
      .select(position)
      .where("s.workspace_id", "=", workspaceId)
      .where(isAfter(after, ">"))
      .orderBy("s.created_at")
      .orderBy("s.id")
      .limit(limit + 1)
      .execute();
    const { items, next } = toPage(rows, limit, (row) => row.position);
    return { items: items.map(({ position: _, ...row }) => row), next };
  }

  /** Copies the durable content. Call it inside a transaction that has locked the workspace. */
  async create(workspaceId: string, name: string): Promise<SnapshotRow> {
    const { rows } = await sql<{ ofWorkspace: number; ofTenant: number }>`
      select count(*) filter (where s.workspace_id = ${workspaceId})::int as "ofWorkspace", count(*)::int as "ofTenant"
      from kernel.snapshots s join kernel.workspaces w on w.id = s.workspace_id
      where w.tenant_id = (select tenant_id from kernel.workspaces where id = ${workspaceId})`.execute(this.db);
    const { ofWorkspace = 0, ofTenant = 0 } = rows[0] ?? {};
    checkRoom(ofWorkspace, { limit: this.limits.snapshotsPerWorkspace }, "snapshots", "A workspace");
    checkRoom(ofTenant, { limit: this.limits.snapshotsPerTenant }, "snapshots");
    const id = await this.copy(workspaceId, name);
    return await this.select().where("s.id", "=", id).executeTakeFirstOrThrow();
  }

  async delete(workspaceId: string, id: string): Promise<void> {
    const { numDeletedRows } = await this.db
      .deleteFrom("kernel.snapshots")
      .where("workspace_id", "=", workspaceId)
      .where("id", "=", id)
      .executeTakeFirst();
    if (numDeletedRows === 0n) throw new ServiceError("snapshot_not_found");
  }

  /** Restores the workspace. Call it inside a transaction that has locked it. */
  async restore(workspaceId: string, id: string): Promise<void> {
    await this.require(workspaceId, id);
    await sql`delete from kernel.heap_segments where workspace_id = ${workspaceId}`.execute(this.db);
    await sql`delete from kernel.handlers where workspace_id = ${workspaceId}`.execute(this.db);
    await this.copyInto(id, workspaceId);
    // The panels that subscribers know are no longer valid: they get all of them again.
    await sql`
      update kernel.workspaces w
      set heap_seq = greatest(w.heap_seq, s.heap_seq) + 1, heap_build = s.heap_build,
          heap_memory_bytes = s.heap_memory_bytes, stream_seq = w.stream_seq + 1, stream_floor = w.stream_seq + 1
      from kernel.snapshots s where s.id = ${id} and w.id = ${workspaceId}`.execute(this.db);
  }

  /** Fills a new workspace from a snapshot. */
  async fill(source: string, id: string, target: string): Promise<void> {
    await this.require(source, id);
    await this.copyInto(id, target);
    await sql`
      update kernel.workspaces w
      set heap_seq = s.heap_seq, heap_build = s.heap_build, heap_memory_bytes = s.heap_memory_bytes
      from kernel.snapshots s where s.id = ${id} and w.id = ${target}`.execute(this.db);
  }

  /**
   * Fills a new workspace from the durable content of another one. Call it inside a transaction that has locked that
   * one.
   */
  async fillFromLive(source: string, target: string): Promise<void> {
    const id = await this.copy(source, "clone");
    await this.fill(source, id, target);
    await this.delete(source, id);
  }

  private async require(workspaceId: string, id: string): Promise<void> {
    const row = await this.select().where("s.workspace_id", "=", workspaceId).where("s.id", "=", id).executeTakeFirst();
    if (!row) throw new ServiceError("snapshot_not_found");
  }

  private async copy(workspaceId: string, name: string): Promise<string> {
    const id = randomUUID();
    await sql`
      insert into kernel.snapshots
        (id, workspace_id, name, heap_seq, heap_build, heap_memory_bytes, state, panels, handlers, document)
      select ${id}, w.id, ${name}, w.heap_seq, w.heap_build, w.heap_memory_bytes,
             coalesce(d.state, '{}'), coalesce(d.panels, '{}'),
             coalesce((select json_agg(json_build_object('name', h.name, 'version', h.version, 'code', h.code,
                                                         'capabilities', h.capabilities))
                       from kernel.handlers h where h.workspace_id = w.id), '[]')::text,
             ${documentOfSnapshot}
      from kernel.workspaces w left join kernel.workspace_data d on d.workspace_id = w.id
      where w.id = ${workspaceId}`.execute(this.db);
    await sql`
      insert into kernel.snapshot_segments (snapshot_id, seq, data)
      select ${id}, seq, data from kernel.heap_segments where workspace_id = ${workspaceId}`.execute(this.db);
    return id;
  }

  private async copyInto(id: string, target: string): Promise<void> {
    await sql`
      insert into kernel.heap_segments (workspace_id, seq, data)
      select ${target}, seq, data from kernel.snapshot_segments where snapshot_id = ${id}`.execute(this.db);
    await sql`
      insert into kernel.workspace_data (workspace_id, state, panels)
      select ${target}, state, panels from kernel.snapshots where id = ${id}
      on conflict (workspace_id) do update set state = excluded.state, panels = excluded.panels`.execute(this.db);
    await sql`
      insert into kernel.handlers (workspace_id, name, version, code, capabilities)
      select ${target}, h.name, h.version, h.code, h.capabilities
      from kernel.snapshots s,
           json_to_recordset(s.handlers::json) as h (name text, version int, code text, capabilities text[])
      where s.id = ${id}`.execute(this.db);
    await restoreDocument(this.db, id, target);
  }

  private select() {
    return this.db.selectFrom("kernel.snapshots as s").select([
      "s.id",
      "s.name",
      "s.created_at as createdAt",
      sql<number>`(select coalesce(sum(length(data)), 0)::float8 from kernel.snapshot_segments
                     where snapshot_id = s.id)`.as("sizeBytes"),
    ]);
  }
}
