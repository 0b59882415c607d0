import { type PlanBook, ServiceError } from "@nexus/service";
import type { Kysely } from "kysely";
import { sql } from "kysely";
import { audit } from "./audit";
import { countApiKeys, countClusters, countMembers, requireRoom } from "./room";
import type { SubscriptionState } from "./subscription-states";
import type { StudioTables } from "./tables";
import type { Tx } from "./tenant-store";

export interface Subscription {
  readonly plan: string;
  readonly state: SubscriptionState;
  readonly periodStart: Date | null;
  readonly periodEnd: Date | null;
}

/** What a billing system says about a tenant. */
export interface BillingEvent {
  readonly id: string;
  readonly at: Date;
  readonly tenantId: string;
  readonly subscription: Subscription;
}

/** After this time a repeated event is recognised by its timestamp alone. */
const KEEP_EVENTS = "30 days";

/** The plan while the subscription holds: one that was cancelled, and a trial, hold until the end of their period. */
export const planInForce = sql<
  string | null
>`case when state in ('active', 'past_due') or period_end > now() then plan end`;

const columns = ["plan", "state", "period_start as periodStart", "period_end as periodEnd"] as const;

/** Subscriptions of tenants. */
export class SubscriptionStore {
  constructor(private readonly db: Kysely<StudioTables>) {}

  /** The plan that a tenant has now; undefined for the default plan. */
  async planOf(tenantId: string): Promise<string | undefined> {
    return await planOf(this.db, tenantId);
  }

  async find(tenantId: string): Promise<Subscription | undefined> {
    return await this.db
      .selectFrom("studio.subscriptions")
      .select(columns)
      .where("tenant_id", "=", tenantId)
      .executeTakeFirst();
  }

  async members(tenantId: string): Promise<number> {
    return await countMembers(this.db, tenantId);
  }

  async apiKeys(tenantId: string): Promise<number> {
    return await countApiKeys(this.db, tenantId);
  }

  async clusters(tenantId: string): Promise<number> {
    return await countClusters(this.db, tenantId);
  }

  /** @returns false for an event that was applied before, or that is older than the newest change */
  async book({ id, at, tenantId, subscription }: BillingEvent): Promise<boolean> {
    return await this.db.transaction().execute(async (tx) => {
      const tenant = await lockTenant(tx, tenantId);
      if (!tenant) throw new ServiceError("tenant_not_found");
      await sql`delete from studio.billing_events where received_at < now() - ${KEEP_EVENTS}::interval`.execute(tx);
      const { numInsertedOrUpdatedRows: isNew } = await tx
        .insertInto("studio.billing_events")
        .values({ id })
        .onConflict((conflict) => conflict.column("id").doNothing())
        .executeTakeFirst();
      if (isNew !== 1n || !(await putAt(tx, tenantId, subscription, at))) return false;
      const { plan, state, periodEnd } = subscription;
      const target = { eventId: id, plan, state, periodEnd: periodEnd && periodEnd.toISOString() };
      await audit(tx, { tenantId, act: "subscription.booked", target });
      return true;
    });
  }
}

export async function planOf(db: Kysely<StudioTables>, tenantId: string): Promise<string | undefined> {
  const row = await db
    .selectFrom("studio.subscriptions")
    .select(planInForce.as("plan"))
    .where("tenant_id", "=", tenantId)
    .executeTakeFirst();
  return row?.plan ?? undefined;
}

/** Changes a subscription, unless a newer change was made already. @param at when the change was made elsewhere */
async function putAt(tx: Tx, tenantId: string, subscription: Subscription, at: Date): Promise<boolean> {
  const values = { ...rowOf(subscription), changed_at: at };
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto("studio.subscriptions")
    .values({ tenant_id: tenantId, ...values })
    .onConflict((conflict) =>
      conflict
        .column("tenant_id")
        .doUpdateSet(values)
        .whereRef("studio.subscriptions.changed_at", "<=", sql`excluded.changed_at`),
    )
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

/** Changes a subscription here and now; the clock of whoever changed it before may be ahead of ours. */
export async function putNow(tx: Tx, tenantId: string, subscription: Subscription): Promise<void> {
  const row = rowOf(subscription);
  await tx
    .insertInto("studio.subscriptions")
    .values({ tenant_id: tenantId, ...row, changed_at: sql<Date>`now()` })
    .onConflict((conflict) =>
      conflict
        .column("tenant_id")
        .doUpdateSet({ ...row, changed_at: sql<Date>`greatest(studio.subscriptions.changed_at, now())` }),
    )
    .execute();
  await audit(tx, { tenantId, act: "plan.changed", target: { plan: subscription.plan } });
}

function rowOf({ plan, state, periodStart, periodEnd }: Subscription) {
  return { plan, state, period_start: periodStart, period_end: periodEnd };
}

/** Makes changes of one tenant come one after the other. @returns whether there is such a tenant */
export async function lockTenant(tx: Tx, tenantId: string): Promise<boolean> {
  const rows = await tx.selectFrom("studio.tenants").select("id").where("id", "=", tenantId).forNoKeyUpdate().execute();
  return rows.length > 0;
}

/** Throws when the tenant, which is locked, has as many members as its plan allows. */
export async function requireRoomForMember(tx: Tx, tenantId: string, plans: PlanBook): Promise<void> {
  const room = plans.room({ plan: await planOf(tx, tenantId) }, "members");
  if (room) requireRoom("members", await countMembers(tx, tenantId), room);
}
