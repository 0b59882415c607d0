import { type Kysely, sql } from "kysely";
import type { KernelTables } from "./tables";

/** Workspaces that one statement deletes: each may have many megabytes. */
const AT_ONCE = 20;

/** Deletes everything of tenants, piece by piece. Writes that are under way fail, because their workspace is gone. */
export async function eraseTenants(db: Kysely<KernelTables>, tenantIds: readonly string[]): Promise<void> {
  const isOne = sql<boolean>`tenant_id = any(${tenantIds}::uuid[])`;
  for (let deleted = AT_ONCE; deleted === AT_ONCE;) {
    const some = db.selectFrom("kernel.workspaces").select("id").where(isOne).limit(AT_ONCE);
    const { numDeletedRows } = await db.deleteFrom("kernel.workspaces").where("id", "in", some).executeTakeFirst();
    deleted = Number(numDeletedRows);
  }
  await db.deleteFrom("kernel.tenant_settings").where(isOne).execute();
  await db.deleteFrom("kernel.storage_reservations").where(isOne).execute();
  await db.deleteFrom("kernel.execution_days").where(isOne).execute();
  await db
    .deleteFrom("kernel.idempotency_keys")
    .where(sql<boolean>`scope = any(${tenantIds}::uuid[])`)
    .execute();
}
