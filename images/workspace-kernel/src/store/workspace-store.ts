import { randomUUID } from "node:crypto";
import { isAfter, type Page, type PageRequest, position, type Room, ServiceError, toPage } from "@nexus/service";
import { type Kysely, sql } from "kysely";
import { noActiveRoom, noRoom, type StoreLimits } from "./limits";
import type { KernelTables } from "./tables";
import { countActive, countWorkspaces } from "./usage-store";

/** Why nobody holds a workspace. */
export const stopReasons = ["requested", "idle", "drained", "owner_lost", "not_started"] as const;
export type StopReason = (typeof stopReasons)[number];

/** A workspace as the database knows it. The database's clock decides `ownerAlive`, never a pod's clock. */
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
  /** A user stopped it: only `resume` brings it back. */
  readonly stopped: boolean;
  readonly stopReason: StopReason | null;
  readonly stoppedAt: Date | null;
  readonly keepAliveUntil: Date | null;
  /** Milliseconds until `keepAliveUntil`, by the database's clock. */
  readonly keepAliveMs: number;
}

export interface NewWorkspace extends Pick<WorkspaceRow, "tenantId" | "name"> {
  /** How many the tenant's plan allows; undefined where it leaves that to the settings. */
  readonly most?: Room | undefined;
  /** How many may be active at once; undefined for no limit. */
  readonly mostActive?: Room | undefined;
}

/** This pod as an owner. */
export interface OwnerIdentity {
  readonly pod: string;
  readonly url: string;
  readonly leaseMs: number;
}

/** The result of a heartbeat for one workspace that this pod holds. */
export interface HeldWorkspace {
  readonly id: string;
  readonly epoch: number;
  readonly memoryBytes: number;
  readonly idleMs: number;
}

/** A workspace that does not exist and one of another tenant are the same to the caller. */
export function found<Row>(row: Row | undefined): Row {
  if (row === undefined) throw new ServiceError("workspace_not_found");
  return row;
}

/** Throws if there is no workspace, or if it has another epoch than the expected one. */
export function checkEpoch(row: Pick<WorkspaceRow, "epoch"> | undefined, expected: number | undefined): void {
  const { epoch } = found(row);
  if (expected !== undefined && epoch !== expected) throw new ServiceError("owner_moved", { retryAfterSeconds: 1 });
}

const columns = [
  "id",
  "tenant_id as tenantId",
  "name",
  "owner_pod as ownerPod",
  "owner_url as ownerUrl",
  sql<boolean>`coalesce(lease_expires_at > now(), false)`.as("ownerAlive"),
  "epoch",
  // Before a new owner has loaded the workspace, the size of its durable heap is the best known value.
  sql<number>`greatest(memory_bytes, heap_memory_bytes)::float8`.as("memoryBytes"),
  "created_at as createdAt",
  "last_active_at as lastActiveAt",
  "stopped",
  sql<StopReason | null>`case when owner_pod is null then stop_reason
                              when lease_expires_at > now() then null else 'owner_lost' end`.as("stopReason"),
  sql<Date | null>`case when owner_pod is null then stopped_at
                        when lease_expires_at > now() then null else lease_expires_at end`.as("stoppedAt"),
  "keep_alive_until as keepAliveUntil",
  sql<number>`coalesce(extract(epoch from keep_alive_until - now()) * 1000, 0)::float8`.as("keepAliveMs"),
] as const;

/** Statements on kernel.workspaces. Every statement that depends on ownership names the epoch. */
export class WorkspaceStore {
  constructor(
    private readonly db: Kysely<KernelTables>,
    private readonly owner: OwnerIdentity,
    private readonly limits: Pick<StoreLimits, "workspacesPerTenant">,
  ) {}

  private get lease() {
    return sql<Date>`now() + ${this.owner.leaseMs} * interval '1 millisecond'`;
  }

  private get ownership() {
    return { owner_pod: this.owner.pod, owner_url: this.owner.url, lease_expires_at: this.lease };
  }

  /** Blocks commits of the workspace until the transaction ends. */
  async lock(id: string, epoch?: number): Promise<void> {
    const row = await this.db
      .selectFrom("kernel.workspaces")
      .select("epoch")
      .where("id", "=", id)
      .forUpdate()
      .executeTakeFirst();
    checkEpoch(row, epoch);
  }

  /** Makes a workspace that this pod owns, or with `owned` false one that any pod may take. */
  async insert({ tenantId, name, most, mostActive }: NewWorkspace, owned: boolean): Promise<WorkspaceRow> {
    const room = most ?? { limit: this.limits.workspacesPerTenant };
    const state = owned ? this.ownership : { stop_reason: "not_started", stopped_at: sql<Date>`now()` };
    const row = { id: randomUUID(), tenant_id: tenantId, name, ...state };
    const made = await this.db
      .insertInto("kernel.workspaces")
      .columns(Object.keys(row) as (keyof typeof row)[])
      // One statement, which locks, counts and makes it.
      .expression(
        sql`select ${sql.join(Object.values(row))} where kernel.count_workspaces(${tenantId}) < ${room.limit}
            and ${owned && mostActive !== undefined ? sql`kernel.count_active(${tenantId}, ${row.id}) < ${mostActive.limit}` : sql`true`}`,
      )
      .returning(columns)
      .executeTakeFirst();
    if (made) return made;
    const { count: active } = await countActive(this.db, tenantId, row.id);
    if (owned && mostActive !== undefined && active >= mostActive.limit) throw noActiveRoom(active, mostActive);
    // Some may be gone since they were counted.
    const usage = Math.max(room.limit, await countWorkspaces(this.db, tenantId));
    throw noRoom(usage, room, "workspaces");
  }

  async find(id: string, tenantId: string): Promise<WorkspaceRow | undefined> {
    return await this.db
      .selectFrom("kernel.workspaces")
      .select(columns)
      .where("id", "=", id)
      .where("tenant_id", "=", tenantId)
      .executeTakeFirst();
  }

  /** The newest ones first. */
  async list(tenantId: string, { limit, after }: PageRequest): Promise<Page<WorkspaceRow>> {
    const rows = await this.db
      .selectFrom("kernel.workspaces")
      .select([...columns, position])
      .where("tenant_id", "=", tenantId)
      .where(isAfter(after, "<"))
      .orderBy("created_at", "desc")
      .orderBy("id", "desc")
      .limit(limit + 1)
      .execute();
    const { items, next } = toPage(rows, limit, (row) => row.position);
    return { items: items.map(({ position: _, ...row }) => row), next };
  }

  /**
   * Takes the workspace over, unless somebody else took or stopped it since `epoch` was read. Returns it with its new
   * epoch. Throws where the tenant has as many active ones as it may.
   */
  async claim(id: string, epoch: number, mostActive?: Room): Promise<WorkspaceRow | undefined> {
    const free = this.db
      .selectFrom("kernel.workspaces")
      .select(["id", "tenant_id as tenantId"])
      .where("id", "=", id)
      .where("epoch", "=", epoch)
      .where("stopped", "=", false);
    const take = this.db
      .updateTable("kernel.workspaces")
      .set({ ...this.ownership, epoch: sql`epoch + 1`, stop_reason: null, stopped_at: null })
      .where("epoch", "=", epoch)
      .where("stopped", "=", false)
      .returning(columns);
    if (mostActive === undefined) return await take.where("id", "=", id).executeTakeFirst();
    const taken = await take
      // The row is locked before the tenant, as everywhere, so that two transactions never wait for each other.
      .where("id", "=", free.clearSelect().select("id").forUpdate())
      .where(sql<boolean>`kernel.count_active(tenant_id, id) < ${mostActive.limit}`)
      .executeTakeFirst();
    const refused = taken ? undefined : await free.executeTakeFirst();
    const { count } = refused ? await countActive(this.db, refused.tenantId, id) : { count: 0 };
    if (refused && count >= mostActive.limit) throw noActiveRoom(count, mostActive);
    return taken;
  }

  /** Renews the leases of the workspaces that this pod holds; returns those that it still owns. */
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

  /**
   * Gives a workspace up, so that any pod may take it at once. The epoch is incremented, so that writes under way fail.
   */
  async release(id: string, epoch: number, reason: StopReason): Promise<boolean> {
    const { numUpdatedRows } = await this.db
      .updateTable("kernel.workspaces")
      .set({
        owner_pod: null,
        owner_url: null,
        lease_expires_at: null,
        memory_bytes: 0,
        epoch: sql`epoch + 1`,
        stopped: sql<boolean>`stopped or ${reason === "requested"}`,
        stop_reason: reason,
        stopped_at: sql<Date>`now()`,
      })
      .where("id", "=", id)
      .where("epoch", "=", epoch)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  /** Reverts a stop by a user. */
  async resume(id: string, tenantId: string): Promise<void> {
    await this.db
      .updateTable("kernel.workspaces")
      .set({ stopped: false })
      .where("id", "=", id)
      .where("tenant_id", "=", tenantId)
      .where("stopped", "=", true)
      .execute();
  }

  async keepAlive(id: string, seconds: number): Promise<void> {
    await this.db
      .updateTable("kernel.workspaces")
      .set({ keep_alive_until: seconds > 0 ? sql<Date>`now() + ${seconds} * interval '1 second'` : null })
      .where("id", "=", id)
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
}
