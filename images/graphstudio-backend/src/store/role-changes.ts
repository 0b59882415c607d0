import type { Role } from "@nexus/contract";
import type { Migration, Transaction } from "kysely";
import { sql } from "kysely";
import type { StudioTables } from "./tables";

/** Roles that tokens do not know yet. */
export const roleChangeMigration: Migration = {
  async up(db) {
    await sql`
      create table studio.role_changes (
        tenant_id uuid not null references studio.tenants on delete cascade,
        user_id uuid not null references studio.users on delete cascade,
        role text,
        changed_at timestamptz not null default now(),
        primary key (tenant_id, user_id)
      )`.execute(db);
  },
};

/** Gives a member another role, which counts at once. */
export async function writeRole(
  tx: Transaction<StudioTables>,
  tenantId: string,
  userId: string,
  role: Role,
): Promise<void> {
  await tx
    .updateTable("studio.members")
    .set({ role })
    .where("tenant_id", "=", tenantId)
    .where("user_id", "=", userId)
    .execute();
  await noteRole(tx, tenantId, userId, role);
}

/** Ends a membership at once. */
export async function deleteMember(tx: Transaction<StudioTables>, tenantId: string, userId: string): Promise<void> {
  await tx.deleteFrom("studio.members").where("tenant_id", "=", tenantId).where("user_id", "=", userId).execute();
  await noteRole(tx, tenantId, userId, null);
}

/** Tells all services that a role counts, whatever tokens say. @param role null for who is no member any more */
export async function noteRole(
  tx: Transaction<StudioTables>,
  tenantId: string,
  userId: string,
  role: Role | null,
): Promise<void> {
  await tx
    .insertInto("studio.role_changes")
    .values({ tenant_id: tenantId, user_id: userId, role })
    .onConflict((conflict) =>
      conflict.columns(["tenant_id", "user_id"]).doUpdateSet({ role, changed_at: sql<Date>`now()` }),
    )
    .execute();
}
