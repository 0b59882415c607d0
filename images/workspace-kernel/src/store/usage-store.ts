import { type Kysely, sql } from "kysely";
import type { StoreLimits } from "./limits";
import { STORAGE_LOCK } from "./storage-migration";
import type { KernelTables } from "./tables";

export interface StorageRequest {
  readonly tenantId: string;
  /** What the tenant may store. */
  readonly limit: number;
  /** What the pod is writing from an earlier reservation, and may not be counted as stored yet. */
  readonly pending: number;
  /** What the pod needs now; it gets a portion, if that is more. */
  readonly needed: number;
}

export interface StorageAnswer {
  /** Bytes of everything that is kept of the tenant. */
  readonly stored: number;
  /** What other pods have reserved. */
  readonly reserved: number;
  /** What the pod may write besides what is pending. */
  readonly granted: number;
}

/** A pod that is killed gives back after that. */
export const RESERVED_SECONDS = 60;
/** About what executions of a tenant write in some seconds; near the limit a portion is a 32nd of what is free. */
const PORTION_BYTES = 64 * 1024 * 1024;

/** Of a store that no other pod writes to. */
export function grantOf({ limit, pending, needed }: Omit<StorageRequest, "tenantId">, stored: number): StorageAnswer {
  const free = Math.max(0, limit - stored - pending);
  const granted = Math.min(free, Math.max(needed, Math.min(PORTION_BYTES, Math.floor(free / 32))));
  return { stored, reserved: 0, granted };
}

/** What tenants take of the storage. */
export class UsageStore {
  constructor(
    private readonly db: Kysely<KernelTables>,
    private readonly limits: Pick<StoreLimits, "streamBytes">,
    private readonly pod: string,
  ) {}

  /** Bytes of everything that is kept of a tenant. */
  async bytes(tenantId: string): Promise<number> {
    const { rows } = await sql<{ bytes: number }>`
      select kernel.stored_bytes(${tenantId}, ${this.limits.streamBytes})::float8 as bytes`.execute(this.db);
    return rows[0]?.bytes ?? 0;
  }

  /** Makes others who store much for the tenant at once wait until this transaction ends. */
  async lockStorage(tenantId: string): Promise<void> {
    await sql`select pg_advisory_xact_lock(${STORAGE_LOCK}, hashtext(${tenantId}))`.execute(this.db);
  }

  /** Bytes that pods have reserved for what executions of a tenant will write. */
  async reserved(tenantId: string): Promise<number> {
    const { rows } = await sql<{ bytes: number }>`
      select kernel.reserved_bytes(${tenantId}, '')::float8 as bytes`.execute(this.db);
    return rows[0]?.bytes ?? 0;
  }

  /** Reserves room for what executions will write, instead of what the pod had reserved before. */
  async reserve({ tenantId, limit, pending, needed }: StorageRequest): Promise<StorageAnswer> {
    const { rows } = await sql<StorageAnswer>`
      select stored::float8 as stored, reserved::float8 as reserved, granted::float8 as granted
      from kernel.reserve_storage(${tenantId}, ${this.pod}, ${this.limits.streamBytes}, ${limit}, ${pending}, ${needed},
                                  ${PORTION_BYTES}, ${RESERVED_SECONDS})`.execute(this.db);
    const [answer] = rows;
    if (!answer) throw new Error("the reservation has no answer");
    return answer;
  }

  /** Forgets reservations of pods that are gone. */
  async prune(): Promise<void> {
    await sql`delete from kernel.storage_reservations where expires_at < now() - interval '1 hour'`.execute(this.db);
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
