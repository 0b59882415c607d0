import { type AuditHead, type AuditVerdict, EMPTY_TRAIL, endLine, TRIMMED, verifyTrail } from "@nexus/contract";
import type { ReportedAct } from "@nexus/service";
import type { Kysely } from "kysely";
import { sql } from "kysely";
import { type Act, audit, PLATFORM } from "./audit";
import { RETENTION } from "./audit-migration";
import type { StudioTables } from "./tables";

const PAGE = 1000;
const MOST_DELETED = 10_000;
/** How many rows one request searches. */
const MOST_SEARCHED = 10_000;
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

export interface AuditQuery {
  /** Only rows before this number. */
  readonly before?: number | undefined;
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  /** The id or the address of a person. */
  readonly actor?: string | undefined;
  readonly act?: string | undefined;
  readonly outcome?: string | undefined;
  readonly limit: number;
}

export interface FoundRows {
  readonly rows: readonly { readonly seq: number; readonly at: Date; readonly line: string }[];
  /** Where the search goes on, as `before`; null where no rows are left. */
  readonly next: number | null;
}

/** The audit trails: one for each tenant, and one for the platform. */
export class AuditStore {
  private readonly checks = new Map<string, Promise<AuditVerdict>>();

  constructor(private readonly db: Kysely<StudioTables>) {}

  /** Records what changes nothing, such as what was denied. */
  async record(act: Act): Promise<void> {
    await this.db.transaction().execute((tx) => audit(tx, act));
  }

  /** Records what somebody did in another service. A tenant that does not exist has no trail. */
  async report(act: ReportedAct): Promise<void> {
    await this.db.transaction().execute(async (tx) => {
      const tenant = await tx
        .selectFrom("studio.tenants")
        .select("id")
        .where("id", "=", act.tenantId)
        .executeTakeFirst();
      if (tenant) await audit(tx, act);
    });
  }

  /** Rows of a trail that fit, the newest first. */
  async find(chain: string, { before, from, to, actor, act, outcome, limit }: AuditQuery): Promise<FoundRows> {
    let range = this.db.selectFrom("studio.audit_rows").where("chain", "=", chain).orderBy("seq", "desc");
    if (before !== undefined) range = range.where("seq", "<", String(before));
    if (from) range = range.where("at", ">=", from);
    if (to) range = range.where("at", "<", to);
    const person = actor?.includes("@") ? await this.personOf(actor) : actor;
    let fitting = this.db
      .selectFrom(range.select(["seq", "at", "line"]).limit(MOST_SEARCHED).as("searched"))
      .selectAll();
    for (const [name, value] of Object.entries({ actor: person, act, outcome })) {
      // Values inside of texts have their quotes escaped, so this finds members alone.
      const member = `${JSON.stringify(name)}:${JSON.stringify(value)}`;
      if (value !== undefined) fitting = fitting.where(sql<boolean>`strpos(line, ${member}) > 0`);
    }
    const rows = await fitting.orderBy("seq", "desc").limit(limit).execute();
    const end =
      rows.length === limit
        ? rows.at(-1)
        : await range
            .select("seq")
            .offset(MOST_SEARCHED - 1)
            .limit(1)
            .executeTakeFirst();
    return { rows: rows.map(({ seq, ...row }) => ({ seq: Number(seq), ...row })), next: end ? Number(end.seq) : null };
  }

  /** The addresses that people have now, by their ids. */
  async addresses(ids: readonly string[]): Promise<Record<string, string>> {
    const known = ids.filter((id) => UUID.test(id));
    if (known.length === 0) return {};
    const people = await this.db.selectFrom("studio.users").select(["id", "email"]).where("id", "in", known).execute();
    return Object.fromEntries(people.map(({ id, email }) => [id, email]));
  }

  /** Checks all rows of a trail; who asks while that is done gets the same answer. */
  async check(chain: string): Promise<AuditVerdict> {
    const running =
      this.checks.get(chain) ?? verifyTrail(this.lines(chain, 0)).finally(() => this.checks.delete(chain));
    this.checks.set(chain, running);
    return await running;
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
      for (const { line } of rows) yield line;
      if (rows.length < PAGE) break;
      from = Number(rows.at(-1)?.seq);
    }
    yield endLine(chain, end);
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

  /** @returns the id of a person, or the address itself, which no row names, if nobody has an account with it */
  private async personOf(email: string): Promise<string> {
    const found = await this.db.selectFrom("studio.users").select("id").where("email", "=", email).executeTakeFirst();
    return found?.id ?? email;
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
