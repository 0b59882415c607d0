import { ServiceError } from "@nexus/service";
import type { Kysely } from "kysely";
import { sql } from "kysely";
import { lacksFactor } from "./lacks-factor";
import type { StudioTables } from "./tables";

/** Lets a session work in a tenant. @returns false where its person is not a member of that tenant */
export async function choose(
  db: Kysely<StudioTables>,
  table: "studio.sessions" | "studio.browser_sessions",
  sessionId: string,
  tenantId: string,
): Promise<boolean> {
  const { rows } = await sql<{ lacking: boolean }>`
    update ${sql.table(table)} as session
    set tenant_id = case when ${lacksFactor()} then session.tenant_id else tenants.id end
    from studio.members as members join studio.tenants as tenants on tenants.id = members.tenant_id
    where session.id = ${sessionId} and members.user_id = session.user_id and tenants.id = ${tenantId}
    returning ${lacksFactor()} as lacking`.execute(db);
  if (rows[0]?.lacking) throw new ServiceError("second_factor_required");
  return rows.length === 1;
}
