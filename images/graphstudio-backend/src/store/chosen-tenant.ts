import type { Kysely } from "kysely";
import { sql } from "kysely";
import type { StudioTables } from "./tables";

/** Lets a session work in a tenant. @returns false where its person is not a member of that tenant */
export async function choose(
  db: Kysely<StudioTables>,
  table: "studio.sessions" | "studio.browser_sessions",
  sessionId: string,
  tenantId: string,
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update ${sql.table(table)} as session set tenant_id = members.tenant_id
    from studio.members as members
    where session.id = ${sessionId} and members.user_id = session.user_id and members.tenant_id = ${tenantId}`.execute(
    db,
  );
  return numAffectedRows === 1n;
}
