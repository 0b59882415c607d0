import { randomUUID } from "node:crypto";
import type { Transaction } from "kysely";
import { audit } from "./audit";
import type { StudioTables } from "./tables";

/** A tenant that the person owns. */
export async function createTenant(tx: Transaction<StudioTables>, userId: string, name: string) {
  const tenantId = randomUUID();
  const role = "owner" as const;
  await tx.insertInto("studio.tenants").values({ id: tenantId, name }).execute();
  await tx.insertInto("studio.members").values({ tenant_id: tenantId, user_id: userId, role }).execute();
  await audit(tx, { tenantId, act: "tenant.created", actor: userId, target: { name } });
  return { tenantId, tenantName: name, role };
}
