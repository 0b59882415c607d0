import type { AuditAct } from "@nexus/contract";
import { type Denial, type DenialBatch, Turns } from "@nexus/service";
import { type Kysely, sql, type Transaction } from "kysely";
import type { Acting } from "../audit/acting";
import { audit, PLATFORM } from "./audit";
import type { StudioTables } from "./tables";

/** Rows that the denied requests of one hour add to a trail; more are only counted. */
const MOST_ROWS = 200;
const HOUR = sql<Date>`date_trunc('hour', now(), 'UTC')`;
/** Longer than a service tries to deliver a report. */
const KEEP = "1 day";
/** Requests that came at about the time of their row need no time of their own. */
const MINUTE_MS = 60_000;

export interface Denied extends Acting, Pick<Denial, "target"> {
  readonly act: string;
}

interface Repeated extends Denied {
  readonly count: number;
  readonly ageMs: number;
}

/** Puts what was denied into the audit trails, but only a bounded number of rows in an hour. */
export class DenialStore {
  /** Rows of a trail are written one after another anyway; whoever waits for that keeps no connection from others. */
  private readonly turns = new Turns(1);

  constructor(private readonly db: Kysely<StudioTables>) {}

  /** Takes what another service denied, once for each tenant. A tenant that does not exist has no trail. */
  async take({ id, denials, dropped }: DenialBatch): Promise<void> {
    const named = [...new Set([...denials, ...dropped].map(({ tenantId }) => tenantId))];
    if (named.length === 0) return;
    const tenants = await this.db.selectFrom("studio.tenants").select("id").where("id", "in", named).execute();
    for (const { id: tenantId } of tenants)
      await this.db.transaction().execute(async (tx) => {
        const { numInsertedOrUpdatedRows } = await tx
          .insertInto("studio.denial_batches")
          .values({ id, tenant_id: tenantId })
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirst();
        if (numInsertedOrUpdatedRows === 0n) return;
        const own = denials.filter((one) => one.tenantId === tenantId);
        const lost = dropped.find((one) => one.tenantId === tenantId)?.count ?? 0;
        await write(tx, { chain: tenantId, actor: "" }, own, lost);
      });
  }

  /** Records what this service denied. @param tenantId undefined for the trail of the platform */
  async record(tenantId: string | undefined, denied: Denied): Promise<void> {
    // Everybody writes into the trail of the platform, so nobody takes the rows of others.
    const trail =
      tenantId === undefined ? { chain: PLATFORM, actor: denied.actor ?? "" } : { chain: tenantId, actor: "" };
    await this.turns.run(trail.chain, () =>
      this.db.transaction().execute((tx) => write(tx, trail, [{ ...denied, count: 1, ageMs: 0 }], 0)),
    );
  }

  /** For hours that are over: writes how many were only counted. Forgets old reports. */
  async tell(): Promise<void> {
    while (await this.tellOne());
    const old = sql<Date>`now() - ${KEEP}::interval`;
    await this.db.deleteFrom("studio.denial_batches").where("received_at", "<", old).execute();
  }

  /** @returns whether there may be more */
  private async tellOne(): Promise<boolean> {
    return await this.db.transaction().execute(async (tx) => {
      const { rows } = await sql<{ chain: string; actor: string; hour: Date; skipped: string }>`
        delete from studio.denial_hours where (chain, actor, hour) in (
          select chain, actor, hour from studio.denial_hours where hour < ${HOUR} limit 1 for update skip locked)
        returning chain, actor, hour, skipped`.execute(tx);
      const [over] = rows;
      if (!over) return false;
      const { chain, actor, hour, skipped } = over;
      const count = Number(skipped);
      if (count > 0)
        await audit(tx, {
          ...trailOf(chain),
          actor: actor || null,
          address: null,
          userAgent: null,
          act: "denials.skipped",
          outcome: "denied",
          target: { count, since: hour.toISOString() },
        });
      return true;
    });
  }
}

const trailOf = (chain: string) => (chain === PLATFORM ? {} : { tenantId: chain });

async function write(
  tx: Transaction<StudioTables>,
  { chain, actor }: { readonly chain: string; readonly actor: string },
  denied: readonly Repeated[],
  dropped: number,
): Promise<void> {
  // The lock on this row comes before the one on the trail, as everywhere.
  const { rows } = await sql<{ rows: number; hour: Date; now: Date }>`
    insert into studio.denial_hours as h (chain, actor, hour) values (${chain}, ${actor}, ${HOUR})
    on conflict (chain, actor, hour) do update set rows = h.rows
    returning rows, hour, clock_timestamp() as now`.execute(tx);
  const [hour] = rows;
  if (!hour) throw new Error(`the hour of ${chain} cannot be counted`);
  const written = denied.slice(0, Math.max(0, MOST_ROWS - hour.rows));
  const skipped = denied.slice(written.length).reduce((sum, { count }) => sum + count, dropped);
  await sql`
    update studio.denial_hours set rows = rows + ${written.length}, skipped = skipped + ${skipped}::bigint
    where chain = ${chain} and actor = ${actor} and hour = ${hour.hour}`.execute(tx);
  for (const { count, ageMs, act, target, ...who } of written) {
    const since = new Date(hour.now.getTime() - ageMs).toISOString();
    const isOne = count === 1 && ageMs < MINUTE_MS;
    await audit(tx, {
      ...trailOf(chain),
      actor: who.actor,
      address: who.address,
      userAgent: who.userAgent,
      act: act as AuditAct,
      outcome: "denied",
      target: isOne ? target : { ...target, count, since },
    });
  }
}
