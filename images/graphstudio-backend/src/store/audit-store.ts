import { type AuditHead, EMPTY_TRAIL, endLine, TRIMMED } from "@nexus/contract";
import type { Kysely } from "kysely";
import { sql } from "kysely";
import { type Act, audit, PLATFORM } from "./audit";
import { RETENTION } from "./audit-migration";
import type { StudioTables } from "./tables";

const PAGE = 1000;
const MOST_DELETED = 10_000;

/** The audit trails: one for each tenant, and one for the platform. */
export class AuditStore {
  constructor(private readonly db: Kysely<StudioTables>) {}

  /** Records what changes nothing, such as what was denied. */
  async record(act: Act): Promise<void> {
    await this.db.transaction().execute((tx) => audit(tx, act));
  }

  /** The rows that a trail has now, after a row, as lines of JSON; its head is the last line. */
  async *lines(chain: string, after: number): AsyncGenerator<string> {
    const end = await this.head(chain);
    let from = after;
    for (;;) {
      const rows = await this.db
        .selectFrom("studio.audit_rows")
        .select(["seq", "line"])
        .where("chain", "=", chain)
        .where("seq", ">", String(from))
        .where("seq", "<=", String(end.seq))
        .orderBy("seq")
        .limit(PAGE)
        .execute();
      for (const { line } of rows) yield `${line}\n`;
      if (rows.length < PAGE) break;
      from = Number(rows.at(-1)?.seq);
    }
    yield `${endLine(chain, end)}\n`;
  }

  /**
   * Deletes rows that are older than this. A new row keeps the number and the hash of the last deleted one, so the rest can
   * still be checked. The last row of a trail stays.
   */
  async trim(days: number): Promise<void> {
    const old = sql<Date>`now() - ${days} * interval '1 day'`;
    const chains = await this.db
      .selectFrom("studio.audit_rows")
      .select("chain")
      .distinct()
      .where("at", "<", old)
      .execute();
    for (const { chain } of chains) while (await this.trimChain(chain, old));
  }

  private async head(chain: string): Promise<AuditHead> {
    const found = await this.db
      .selectFrom("studio.audit_chains")
      .select(["seq", "hash"])
      .where("chain", "=", chain)
      .executeTakeFirst();
    return found ? { seq: Number(found.seq), hash: found.hash } : EMPTY_TRAIL;
  }

  /** @returns whether there is more to delete */
  private async trimChain(chain: string, old: ReturnType<typeof sql<Date>>): Promise<boolean> {
    return await this.db.transaction().execute(async (tx) => {
      const head = await tx
        .selectFrom("studio.audit_chains")
        .select("seq")
        .where("chain", "=", chain)
        .forUpdate()
        .executeTakeFirstOrThrow();
      const rows = await tx
        .selectFrom("studio.audit_rows")
        .select(["seq", "line"])
        .where("chain", "=", chain)
        .where("at", "<", old)
        .where("seq", "<", head.seq)
        .orderBy("seq")
        .limit(MOST_DELETED)
        .execute();
      const last = rows.at(-1);
      if (!last) return false;
      await sql`select set_config(${RETENTION}, 'on', true)`.execute(tx);
      await tx.deleteFrom("studio.audit_rows").where("chain", "=", chain).where("seq", "<=", last.seq).execute();
      const { hash } = JSON.parse(last.line) as { hash: string };
      await audit(tx, {
        ...(chain === PLATFORM ? {} : { tenantId: chain }),
        act: TRIMMED,
        target: { seq: Number(last.seq), hash },
      });
      return rows.length === MOST_DELETED;
    });
  }
}
