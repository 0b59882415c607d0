import { type Kysely, sql } from "kysely";
import type { JsonTexts, StreamEntry } from "../sandbox/messages";
import type { KernelTables } from "./tables";

/** What a subscriber needs to be up to date. */
export type CatchUp =
  | { readonly type: "entries"; readonly seq: number; readonly entries: readonly StreamEntry[] }
  | { readonly type: "panels"; readonly seq: number; readonly panels: JsonTexts };

/** Reads streams and panels as they are durable. */
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

  /** The entries after `since`, or the whole panels when those entries are not kept any more or do not lead there. */
  async catchUp(workspaceId: string, since: number | undefined): Promise<CatchUp> {
    if (since !== undefined) {
      const { rows } = await sql<StreamEntry & { newest: number; floor: number }>`
        select w.stream_seq::float8 as newest, w.stream_floor::float8 as floor,
               e.seq::float8 as seq, e.kind, e.name, e.payload
        from kernel.workspaces w
        left join kernel.stream_entries e on e.workspace_id = w.id and e.seq > ${since}
        where w.id = ${workspaceId} order by e.seq`.execute(this.db);
      const [first] = rows;
      if (first && since >= first.floor && since <= first.newest) {
        const entries = rows.flatMap(({ seq, kind, name, payload }) =>
          seq === null ? [] : [{ seq, kind, name, payload }],
        );
        if (entries.length === first.newest - since) return { type: "entries", seq: first.newest, entries };
      }
    }
    return { type: "panels", ...(await this.panels(workspaceId)) };
  }
}
