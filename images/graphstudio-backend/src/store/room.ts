import { ServiceError } from "@nexus/service";
import type { Kysely } from "kysely";
import { sql } from "kysely";
import type { StudioTables } from "./tables";

/** How many of something a tenant may have. */
export interface Room {
  readonly limit: number;
  /** The plan that says so; undefined for a setting that holds for every tenant. */
  readonly plan?: string;
}

/** Throws when a tenant has as many as it may. @param what such as "members" */
export function requireRoom(what: string, usage: number, { limit, plan }: Room): void {
  if (usage < limit) return;
  const who = plan === undefined ? "A tenant" : `A tenant with the plan ${plan}`;
  const less = usage === 0 ? "" : "remove some, or ";
  const more = plan === undefined ? "ask whoever runs the platform for more" : "change to a larger plan";
  const detail = `${who} may have ${limit} ${what} and has ${usage}; ${less}${more}`;
  throw new ServiceError("limit_reached", { detail, extensions: { limit, usage, ...(plan && { plan }) } });
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
