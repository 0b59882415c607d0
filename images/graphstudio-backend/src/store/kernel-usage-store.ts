import { errorCode } from "@nexus/service";
import type { Kysely } from "kysely";
import { sql } from "kysely";
import type { StudioTables } from "./tables";

/** What ran for a tenant on one day (UTC), such as "2030-01-31". */
export interface UsageDay {
  readonly day: string;
  readonly executionSeconds: number;
  /** Reserved for executions that run, or whose pod was killed. */
  readonly reservedSeconds: number;
  readonly executions: number;
  /** Size of events and panel changes. */
  readonly streamBytes: number;
  readonly reservedStreamBytes: number;
}

/** What a tenant has in the kernel now, and what it used today with what is reserved. */
export interface KernelUse {
  readonly workspaces: number;
  readonly activeWorkspaces: number;
  readonly storageBytes: number;
  readonly executionSeconds: number;
  readonly streamBytes: number;
}

/** PostgreSQL's codes for a schema and for a function that are not there. */
const MISSING = new Set(["3F000", "42883"]);

/** What the kernel counts for tenants: functions of its schema say it, so that its tables stay its own. */
export class KernelUsageStore {
  constructor(
    private readonly db: Kysely<StudioTables>,
    /** What the kernel keeps of the stream of one workspace. */
    private readonly streamBytes: number,
  ) {}

  /** By tenant, with one query; undefined where no kernel has the database, or only one from before these functions. */
  async of(tenantIds: readonly string[]): Promise<ReadonlyMap<string, KernelUse> | undefined> {
    return await whereThere(async () => {
      const { rows } = await sql<KernelUse & { id: string }>`
        select u.tenant_id as id, u.workspaces::int, u.active_workspaces::int as "activeWorkspaces",
               u.stored_bytes::float8 as "storageBytes",
               coalesce(d.used_ms + d.reserved_ms, 0)::float8 / 1000 as "executionSeconds",
               coalesce(d.stream_bytes + d.reserved_stream_bytes, 0)::float8 as "streamBytes"
        from kernel.tenant_usage(${tenantIds}::uuid[], ${this.streamBytes}) as u
        left join kernel.tenant_days(${tenantIds}::uuid[], ${today}) as d
          on d.tenant_id = u.tenant_id and d.day = ${today}`.execute(this.db);
      return new Map(rows.map(({ id, ...use }) => [id, use]));
    });
  }

  /** The last days up to today on which something ran, the newest first; none where no kernel has the database. */
  async history(tenantId: string, days: number): Promise<UsageDay[]> {
    const found = await whereThere(async () => {
      const { rows } = await sql<UsageDay>`
        select day::text as day, used_ms::float8 / 1000 as "executionSeconds",
               reserved_ms::float8 / 1000 as "reservedSeconds", executions::float8 as executions,
               stream_bytes::float8 as "streamBytes", reserved_stream_bytes::float8 as "reservedStreamBytes"
        from kernel.tenant_days(array[${tenantId}]::uuid[], ${today} - ${days - 1}::int)
        order by day desc`.execute(this.db);
      return rows;
    });
    return found ?? [];
  }
}

const today = sql<Date>`(now() at time zone 'utc')::date`;

async function whereThere<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (MISSING.has(errorCode(error))) return undefined;
    throw error;
  }
}
