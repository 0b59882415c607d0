import { type Kysely, sql } from "kysely";
import type { KernelTables } from "./tables";

/** What a tenant ran, and what that sent, on one day (UTC), as "2030-01-31". */
export interface ExecutionDay {
  readonly day: string;
  readonly usedMs: number;
  /** Reserved for executions that run, or whose pod was killed. */
  readonly reservedMs: number;
  readonly executions: number;
  /** Size of events and panel changes. */
  readonly streamBytes: number;
  readonly reservedStreamBytes: number;
}

export interface TimeRequest {
  readonly tenantId: string;
  readonly day: string;
  /** How many executions want to begin. */
  readonly count: number;
  /** The time that each may take at most, and what it may send. */
  readonly eachMs: number;
  readonly eachStreamBytes: number;
  /** Null for no limit; nothing is reserved then. */
  readonly limitMs: number | null;
  readonly limitStreamBytes: number | null;
}

export type TimeTaken = Pick<ExecutionDay, "usedMs" | "reservedMs" | "streamBytes" | "reservedStreamBytes">;

export interface TimeAnswer extends TimeTaken {
  readonly granted: number;
}

/** What ended executions of a tenant took, and what of the reserved time they give back. */
export interface TimeUse extends ExecutionDay {
  readonly tenantId: string;
}

/** Rows of days before that are forgotten. */
export const KEEP_DAYS = 400;

export const NOTHING_TAKEN: TimeTaken = { usedMs: 0, reservedMs: 0, streamBytes: 0, reservedStreamBytes: 0 };

/** How many more executions each limit has room for. */
export function roomOf(
  { eachMs, eachStreamBytes, limitMs, limitStreamBytes }: Omit<TimeRequest, "tenantId" | "day" | "count">,
  { usedMs, reservedMs, streamBytes, reservedStreamBytes }: TimeTaken,
) {
  const room = (limit: number | null, taken: number, each: number) =>
    limit === null ? Number.POSITIVE_INFINITY : Math.floor((limit - taken) / each);
  return {
    time: room(limitMs, usedMs + reservedMs, eachMs),
    stream: room(limitStreamBytes, streamBytes + reservedStreamBytes, eachStreamBytes),
  };
}

/** How many of some executions have room within the limits. */
export function grantOf(request: TimeRequest, taken: TimeTaken) {
  const { time, stream } = roomOf(request, taken);
  return Math.max(0, Math.min(request.count, time, stream));
}

/** What a limit needs to hold while an execution runs. */
export function reservedForEach({ eachMs, eachStreamBytes, limitMs, limitStreamBytes }: TimeRequest) {
  return { ms: limitMs === null ? 0 : eachMs, streamBytes: limitStreamBytes === null ? 0 : eachStreamBytes };
}

/** The running time of executions and what they send, by tenant and day. */
export class ExecutionTimeStore {
  constructor(private readonly db: Kysely<KernelTables>) {}

  /** Reserves before executions begin, so that no number of pods grants more than there is. */
  async reserve(request: TimeRequest): Promise<TimeAnswer> {
    const { tenantId, day, count, eachMs, limitMs, eachStreamBytes, limitStreamBytes } = request;
    // One row of a tenant is changed by one statement at a time, which then sees what the one before it left. A limit of
    // null is no limit, because the least of some numbers ignores null.
    const grant = sql`greatest(0, least(${count}::bigint,
      (${limitMs}::bigint - d.used_ms - d.reserved_ms) / ${eachMs}::bigint,
      (${limitStreamBytes}::bigint - d.stream_bytes - d.reserved_stream_bytes) / ${eachStreamBytes}::bigint))`;
    const each = reservedForEach(request);
    const first = grantOf(request, NOTHING_TAKEN);
    const { rows } = await sql<TimeAnswer>`
      insert into kernel.execution_days as d (tenant_id, day, granted, reserved_ms, reserved_stream_bytes)
      values (${tenantId}, ${day}, ${first}, ${first * each.ms}, ${first * each.streamBytes})
      on conflict (tenant_id, day) do update
      set granted = ${grant},
          reserved_ms = d.reserved_ms + ${each.ms}::bigint * ${grant},
          reserved_stream_bytes = d.reserved_stream_bytes + ${each.streamBytes}::bigint * ${grant}
      returning granted::float8 as granted, used_ms::float8 as "usedMs", stream_bytes::float8 as "streamBytes",
                (reserved_ms - granted * ${each.ms}::bigint)::float8 as "reservedMs",
                (reserved_stream_bytes - granted * ${each.streamBytes}::bigint)::float8 as "reservedStreamBytes"`.execute(
      this.db,
    );
    const [answer] = rows;
    if (!answer) throw new Error("the reservation has no answer");
    return answer;
  }

  /** Counts what was used, and gives back what was reserved for it. */
  async settle(uses: readonly TimeUse[]): Promise<void> {
    await sql`
      insert into kernel.execution_days as d
        (tenant_id, day, used_ms, reserved_ms, executions, stream_bytes, reserved_stream_bytes)
      select * from unnest(${uses.map(({ tenantId }) => tenantId)}::uuid[], ${uses.map(({ day }) => day)}::date[],
                           ${uses.map(({ usedMs }) => usedMs)}::bigint[],
                           ${uses.map(({ reservedMs }) => -reservedMs)}::bigint[],
                           ${uses.map(({ executions }) => executions)}::bigint[],
                           ${uses.map(({ streamBytes }) => streamBytes)}::bigint[],
                           ${uses.map(({ reservedStreamBytes }) => -reservedStreamBytes)}::bigint[])
           as u (tenant_id, day, used, back, n, said, said_back)
      order by tenant_id, day
      on conflict (tenant_id, day) do update
      set used_ms = d.used_ms + excluded.used_ms,
          reserved_ms = d.reserved_ms + excluded.reserved_ms,
          executions = d.executions + excluded.executions,
          stream_bytes = d.stream_bytes + excluded.stream_bytes,
          reserved_stream_bytes = d.reserved_stream_bytes + excluded.reserved_stream_bytes`.execute(this.db);
  }

  /** The last days on which something ran, the newest first. */
  async history(tenantId: string, days: number): Promise<ExecutionDay[]> {
    const { rows } = await sql<ExecutionDay>`
      select day::text as day, used_ms::float8 as "usedMs", reserved_ms::float8 as "reservedMs",
             executions::float8 as executions, stream_bytes::float8 as "streamBytes",
             reserved_stream_bytes::float8 as "reservedStreamBytes"
      from kernel.execution_days where tenant_id = ${tenantId} order by day desc limit ${days}`.execute(this.db);
    return rows;
  }

  async prune(): Promise<void> {
    await sql`delete from kernel.execution_days where day < current_date - ${KEEP_DAYS}::int`.execute(this.db);
  }
}
