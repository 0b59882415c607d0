import { type Kysely, sql } from "kysely";
import type { JsonTexts, StreamEntry } from "../sandbox/messages";
import { PAGE_BYTES, PAGE_ENTRIES } from "./limits";
import type { KernelTables } from "./tables";

/** What brings a subscriber nearer to `seq`, the newest entry; more follow where the entries end before it. */
export type CatchUp =
  | { readonly type: "entries"; readonly seq: number; readonly entries: readonly StreamEntry[] }
  | { readonly type: "panels"; readonly seq: number; readonly panels: JsonTexts };

/** Reads the durable streams and panels. */
export class StreamStore {
  constructor(private readonly db: Kysely<KernelTables>) {}

  async panels(workspaceId: string): Promise<{ readonly seq: number; readonly panels: JsonTexts }> {
    const row = await this.db
      .selectFrom("kernel.workspaces as w")
      .leftJoin("kernel.workspace_data as d", "d.workspace_id", "w.id")
      .select([sql<number>`w.stream_seq::float8`.as("seq"), "d.panels"])
      .where("w.id", "=", workspaceId)
      .executeTakeFirst();
    return { seq: row?.seq ?? 0, panels: JSON.parse(row?.panels ?? "{}") as JsonTexts };
  }

  /** What is kept of a workspace, and the number after which its entries are. */
  async contents(
    workspaceId: string,
  ): Promise<{ readonly floor: number; readonly state: JsonTexts; readonly panels: JsonTexts }> {
    const row = await this.db
      .selectFrom("kernel.workspaces as w")
      .leftJoin("kernel.workspace_data as d", "d.workspace_id", "w.id")
      .select([sql<number>`w.stream_floor::float8`.as("floor"), "d.state", "d.panels"])
      .where("w.id", "=", workspaceId)
      .executeTakeFirst();
    const read = (text: string | null | undefined) => JSON.parse(text ?? "{}") as JsonTexts;
    return { floor: row?.floor ?? 0, state: read(row?.state), panels: read(row?.panels) };
  }

  /** A page of the entries after `since`, or the panels when those are not kept any more or do not lead there. */
  async catchUp(workspaceId: string, since: number | undefined): Promise<CatchUp> {
    if (since !== undefined) {
      const { rows } = await sql<StreamEntry & { newest: number; floor: number }>`
        select w.stream_seq::float8 as newest, w.stream_floor::float8 as floor,
               e.seq::float8 as seq, e.kind, e.name, e.payload
        from kernel.workspaces w
        left join kernel.stream_entries first on first.workspace_id = w.id and first.seq = ${since}::bigint + 1
        left join kernel.stream_entries e
          on e.workspace_id = w.id and e.seq > ${since} and e.seq <= ${since}::bigint + ${PAGE_ENTRIES}
             and e.ends_at <= first.ends_at + ${PAGE_BYTES}
        where w.id = ${workspaceId} order by e.seq`.execute(this.db);
      const [first] = rows;
      if (first && since >= first.floor && since <= first.newest) {
        const entries = rows.flatMap(({ seq, kind, name, payload }) =>
          seq === null ? [] : [{ seq, kind, name, payload }],
        );
        if (isPage(entries, since, first.newest)) return { type: "entries", seq: first.newest, entries };
      }
    }
    return { type: "panels", ...(await this.panels(workspaceId)) };
  }
}

/** Whether entries follow a number without a gap; none are enough where nothing is newer. */
export function isPage(entries: readonly StreamEntry[], since: number, newest: number): boolean {
  const last = entries.at(-1)?.seq ?? since;
  return last - since === entries.length && (entries.length > 0 || since === newest);
}
