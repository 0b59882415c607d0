import type { Kysely } from "kysely";
import { sql } from "kysely";
import type { KernelTables } from "./tables";

/** A workspace as the database knows it. `ownerAlive` is decided by the database's clock, never by a pod's. */
export interface WorkspaceRow {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly ownerPod: string | null;
  readonly ownerUrl: string | null;
  readonly ownerAlive: boolean;
  readonly epoch: number;
  readonly memoryBytes: number;
  readonly createdAt: Date;
  readonly lastActiveAt: Date;
}

/** This pod as an owner. */
export interface OwnerIdentity {
  readonly pod: string;
  readonly url: string;
  readonly leaseMs: number;
}

/** What a heartbeat says about one workspace this pod holds. */
export interface HeldWorkspace {
  readonly id: string;
  readonly epoch: number;
  readonly memoryBytes: number;
  readonly idleMs: number;
}

const MAX_LISTED = 500;

/** Statements on kernel.workspaces. Every one that depends on ownership names the epoch. */
export class WorkspaceStore {
  constructor(
    private readonly db: Kysely<KernelTables>,
    private readonly owner: OwnerIdentity,
  ) {}

  private get lease() {
    return sql<Date>`now() + ${this.owner.leaseMs} * interval '1 millisecond'`;
  }

  async insert(id: string, tenantId: string, name: string): Promise<WorkspaceRow> {
    const { pod, url } = this.owner;
    await this.db
      .insertInto("kernel.workspaces")
      .values({ id, tenant_id: tenantId, name, owner_pod: pod, owner_url: url, lease_expires_at: this.lease })
      .execute();
    const row = await this.find(id, tenantId);
    if (!row) throw new Error("a workspace is gone right after it was made");
    return row;
  }

  async find(id: string, tenantId: string): Promise<WorkspaceRow | undefined> {
    return await this.select().where("id", "=", id).where("tenant_id", "=", tenantId).executeTakeFirst();
  }

  async list(tenantId: string): Promise<WorkspaceRow[]> {
    return await this.select().where("tenant_id", "=", tenantId).orderBy("created_at").limit(MAX_LISTED).execute();
  }

  /** Takes the workspace over if nobody did since `epoch` was read; tells the new epoch. */
  async claim(id: string, epoch: number): Promise<number | undefined> {
    const row = await this.db
      .updateTable("kernel.workspaces")
      .set({
        owner_pod: this.owner.pod,
        owner_url: this.owner.url,
        lease_expires_at: this.lease,
        epoch: sql`epoch + 1`,
      })
      .where("id", "=", id)
      .where("epoch", "=", epoch)
      .returning("epoch")
      .executeTakeFirst();
    return row?.epoch;
  }

  /** Renews the leases of what this pod holds; tells which are still its own. */
  async renew(held: readonly HeldWorkspace[]): Promise<Set<string>> {
    if (held.length === 0) return new Set();
    const { rows } = await sql<{ id: string }>`
      update kernel.workspaces as w
      set lease_expires_at = ${this.lease},
          memory_bytes = h.memory_bytes,
          last_active_at = greatest(w.last_active_at, now() - h.idle_ms * interval '1 millisecond')
      from unnest(${held.map(({ id }) => id)}::uuid[], ${held.map(({ epoch }) => epoch)}::int[],
                  ${held.map(({ memoryBytes }) => memoryBytes)}::int[],
                  ${held.map(({ idleMs }) => Math.round(idleMs))}::bigint[]) as h (id, epoch, memory_bytes, idle_ms)
      where w.id = h.id and w.epoch = h.epoch and w.owner_pod = ${this.owner.pod}
      returning w.id`.execute(this.db);
    return new Set(rows.map(({ id }) => id));
  }

  /** Gives a workspace up, so that any pod may take it at once. */
  async release(id: string, epoch: number): Promise<void> {
    await this.db
      .updateTable("kernel.workspaces")
      .set({ owner_pod: null, owner_url: null, lease_expires_at: null, memory_bytes: 0 })
      .where("id", "=", id)
      .where("epoch", "=", epoch)
      .execute();
  }

  async delete(id: string, tenantId: string): Promise<boolean> {
    const result = await this.db
      .deleteFrom("kernel.workspaces")
      .where("id", "=", id)
      .where("tenant_id", "=", tenantId)
      .executeTakeFirst();
    return result.numDeletedRows > 0n;
  }

  private select() {
    return this.db
      .selectFrom("kernel.workspaces")
      .select([
        "id",
        "tenant_id as tenantId",
        "name",
        "owner_pod as ownerPod",
        "owner_url as ownerUrl",
        sql<boolean>`coalesce(lease_expires_at > now(), false)`.as("ownerAlive"),
        "epoch",
        "memory_bytes as memoryBytes",
        "created_at as createdAt",
        "last_active_at as lastActiveAt",
      ]);
  }
}
