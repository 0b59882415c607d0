import type { AiUsageReport } from "@nexus/service";
import type { Kysely, Migration } from "kysely";
import { sql } from "kysely";
import type { StudioTables } from "./tables";

/** Rows of days before that are forgotten. */
const KEEP_DAYS = 400;

/** The AI tokens of a tenant on one day (UTC), such as "2030-01-31". */
export interface AiDay {
  readonly day: string;
  readonly tokens: number;
}

export const aiUsageMigration: Migration = {
  async up(db) {
    await sql`
      create table studio.ai_days (
        tenant_id uuid not null references studio.tenants on delete cascade,
        day date not null,
        tokens bigint not null,
        primary key (tenant_id, day)
      )`.execute(db);
  },
};

/** The AI tokens of tenants, by day. */
export class AiUsageStore {
  constructor(private readonly db: Kysely<StudioTables>) {}

  /**
   * Takes totals. A smaller one comes late, or from a Redis that lost its memory, and changes nothing.
   * @returns what is known of these days now; tenants that do not exist are left out
   */
  async take(days: AiUsageReport["days"]): Promise<AiUsageReport["days"]> {
    const { rows } = await sql<AiUsageReport["days"][number]>`
      insert into studio.ai_days as d (tenant_id, day, tokens)
      select t.id, u.day, max(u.tokens)
      from unnest(${days.map(({ tenantId }) => tenantId)}::uuid[], ${days.map(({ day }) => day)}::date[],
                  ${days.map(({ tokens }) => tokens)}::bigint[]) as u (tenant_id, day, tokens)
      join studio.tenants as t on t.id = u.tenant_id
      group by t.id, u.day order by t.id, u.day
      on conflict (tenant_id, day) do update set tokens = greatest(d.tokens, excluded.tokens)
      returning tenant_id as "tenantId", day::text as day, tokens::float8 as tokens`.execute(this.db);
    return rows;
  }

  /** The last days on which tokens were used, the newest first. */
  async history(tenantId: string, days: number): Promise<AiDay[]> {
    const { rows } = await sql<AiDay>`
      select day::text as day, tokens::float8 as tokens from studio.ai_days
      where tenant_id = ${tenantId} and tokens > 0 order by day desc limit ${days}`.execute(this.db);
    return rows;
  }

  async prune(): Promise<void> {
    await sql`delete from studio.ai_days where day < current_date - ${KEEP_DAYS}::int`.execute(this.db);
  }
}
