import { limitReached, type Room } from "@nexus/service";
import type { Kysely } from "kysely";
import { sql } from "kysely";
import type { StudioTables } from "./tables";

/** Throws when a tenant has as many as it may. @param what such as "members" */
export function requireRoom(what: string, usage: number, room: Room): void {
  const { limit, plan } = room;
  if (usage < limit) return;
  const who = plan === undefined ? "A tenant" : `A tenant with the plan ${plan}`;
  const fact = `${who} may have ${limit} ${what} and has ${usage}`;
  throw limitReached(fact, usage === 0 ? undefined : "remove some", usage, room);
}

export async function countMembers(db: Kysely<StudioTables>, tenantId: string): Promise<number> {
  const { count } = await db
    .selectFrom("studio.members")
    .select(({ fn }) => fn.countAll<string>().as("count"))
    .where("tenant_id", "=", tenantId)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Keys that ran out do not count. */
export async function countApiKeys(db: Kysely<StudioTables>, tenantId: string): Promise<number> {
  const { count } = await db
    .selectFrom("studio.api_keys")
    .select(({ fn }) => fn.countAll<string>().as("count"))
    .where("tenant_id", "=", tenantId)
    .where("expires_at", ">", sql<Date>`now()`)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** The cluster that the platform runs in does not count. */
export async function countClusters(db: Kysely<StudioTables>, tenantId: string): Promise<number> {
  const { count } = await db
    .selectFrom("studio.clusters")
    .select(({ fn }) => fn.countAll<string>().as("count"))
    .where("tenant_id", "=", tenantId)
    .where("own", "=", false)
    .executeTakeFirstOrThrow();
  return Number(count);
}
