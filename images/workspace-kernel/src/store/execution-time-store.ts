import { type Kysely, sql } from "kysely";
import type { KernelTables } from "./tables";

/** What a tenant ran on one day (UTC), as "2030-01-31". */
export interface ExecutionDay {
  readonly day: string;
  readonly usedMs: number;
  /** Reserved for executions that run, or whose pod was killed. */
  readonly reservedMs: number;
  readonly executions: number;
}

export interface TimeRequest {
  readonly tenantId: string;
  readonly day: string;
  /** How many executions want to begin, and the time that each may take at most. */
  readonly count: number;
  readonly eachMs: number;
  readonly limitMs: number;
}

export interface TimeAnswer extends Pick<ExecutionDay, "usedMs" | "reservedMs"> {
  readonly granted: number;
}

/** What ended executions of a tenant took, and what of the reserved time they give back. */
export interface TimeUse extends ExecutionDay {
  readonly tenantId: string;
}

/** Rows of days before that are forgotten. */
export const KEEP_DAYS = 400;

/** How many of some executions have room within the limit. */
export function grantOf({ count, eachMs, limitMs }: TimeRequest, { usedMs, reservedMs }: Omit<TimeAnswer, "granted">) {
  return Math.max(0, Math.min(count, Math.floor((limitMs - usedMs - reservedMs) / eachMs)));
}

/** The running time of executions, by tenant and day. */
export class ExecutionTimeStore {
  constructor(private readonly db: Kysely<KernelTables>) {}

  /** Reserves time before executions begin, so that no number of pods grants more than there is. */
  async reserve(request: TimeRequest): Promise<TimeAnswer> {
    const { tenantId, day, count, eachMs, limitMs } = request;
    // One row of a tenant is changed by one statement at a time, which then sees what the one before it left.
    const grant = sql`greatest(0, least(${count}::bigint, (${limitMs}::bigint - d.used_ms - d.reserved_ms) / ${eachMs}::bigint))`;
    const first = grantOf(request, { usedMs: 0, reservedMs: 0 });
    const { rows } = await sql<TimeAnswer>`
      insert into kernel.execution_days as d (tenant_id, day, granted, reserved_ms)
      values (${tenantId}, ${day}, ${first}, ${first * eachMs})
      on conflict (tenant_id, day) do update
      set granted = ${grant}, reserved_ms = d.reserved_ms + ${eachMs}::bigint * ${grant}
      returning granted::float8 as granted, used_ms::float8 as "usedMs",
                (reserved_ms - granted * ${eachMs}::bigint)::float8 as "reservedMs"`.execute(this.db);
    const [answer] = rows;
    if (!answer) throw new Error("the reservation has no answer");
    return answer;
  }

  /** Counts what was used, and gives back what was reserved for it. */
  async settle(uses: readonly TimeUse[]): Promise<void> {
    await sql`
      insert into kernel.execution_days as d (tenant_id, day, used_ms, reserved_ms, executions)
      select * from unnest(${uses.map(({ tenantId }) => tenantId)}::uuid[], ${uses.map(({ day }) => day)}::date[],
                           ${uses.map(({ usedMs }) => usedMs)}::bigint[],
                           ${uses.map(({ reservedMs }) => -reservedMs)}::bigint[],
                           ${uses.map(({ executions }) => executions)}::bigint[]) as u (tenant_id, day, used, back, n)
      order by tenant_id, day
      on conflict (tenant_id, day) do update
      set used_ms = d.used_ms + excluded.used_ms,
          reserved_ms = d.reserved_ms + excluded.reserved_ms,
          executions = d.executions + excluded.executions`.execute(this.db);
  }

  /** The last days on which something ran, the newest first. */
  async history(tenantId: string, days: number): Promise<ExecutionDay[]> {
    const { rows } = await sql<ExecutionDay>`
      select day::text as day, used_ms::float8 as "usedMs", reserved_ms::float8 as "reservedMs",
             executions::float8 as executions
      from kernel.execution_days where tenant_id = ${tenantId} order by day desc limit ${days}`.execute(this.db);
    return rows;
  }

  async prune(): Promise<void> {
    await sql`delete from kernel.execution_days where day < current_date - ${KEEP_DAYS}::int`.execute(this.db);
  }
}
