import { ServiceError } from "@nexus/service";
import { type Kysely, sql } from "kysely";
import { audit } from "./audit";
import { endSessions } from "./person-sessions";
import { putNow, type Subscription } from "./subscription-store";
import type { SubscriptionState } from "./subscription-states";
import type { StudioTables } from "./tables";
import { lockTenant } from "./subscription-store";
import type { Tx } from "./tenant-store";

export interface Suspension {
  readonly reason: string;
  readonly at: Date;
}

export interface PlatformTenant {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly members: number;
  readonly apiKeys: number;
  /** Null where the tenant never had a subscription. */
  readonly plan: string | null;
  readonly state: SubscriptionState | null;
  readonly periodEnd: Date | null;
  readonly suspension: Suspension | null;
}

export interface PlatformPerson {
  readonly id: string;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly createdAt: Date;
  readonly tenants: number;
  readonly platformAdmin: boolean;
  readonly suspension: Suspension | null;
}

/** A part of a list, found by a text. */
export interface Search {
  readonly search: string;
  readonly after: string;
  readonly limit: number;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Nothing in a search is a wildcard. */
const containing = (text: string) => `%${text.replace(/[\\%_]/g, "\\$&")}%`;

/** Tenants and persons as those see them who run the platform: names and numbers, and nothing that is kept in them. */
export class PlatformStore {
  constructor(private readonly db: Kysely<StudioTables>) {}

  async isAdmin(userId: string): Promise<boolean> {
    const found = await this.db
      .selectFrom("studio.users")
      .select("id")
      .where("id", "=", userId)
      .where("platform_admin", "=", true)
      .where("suspended_reason", "is", null)
      .executeTakeFirst();
    return found !== undefined;
  }

  /** By id, from the one after `after` on. */
  async tenants({ search, after, limit }: Search): Promise<PlatformTenant[]> {
    const byId = UUID.test(search);
    const rows = await this.tenantRows()
      .$if(byId, (query) => query.where("tenants.id", "=", search))
      .$if(!byId && search !== "", (query) => query.where("tenants.name", "ilike", containing(search)))
      .$if(after !== "", (query) => query.where("tenants.id", ">", after))
      .orderBy("tenants.id")
      .limit(limit)
      .execute();
    return rows.map(withSuspension);
  }

  async tenant(id: string): Promise<PlatformTenant | undefined> {
    const row = await this.tenantRows().where("tenants.id", "=", id).executeTakeFirst();
    return row && withSuspension(row);
  }

  /** By address, from the one after `after` on. */
  async persons({ search, after, limit }: Search): Promise<PlatformPerson[]> {
    const byId = UUID.test(search);
    const rows = await this.db
      .selectFrom("studio.users as users")
      .select(["users.id", "users.email", "users.email_verified as emailVerified", "users.created_at as createdAt"])
      .select(["users.platform_admin as platformAdmin", "users.suspended_reason as reason", "users.suspended_at as at"])
      .select(sql<number>`(select count(*)::int from studio.members as m where m.user_id = users.id)`.as("tenants"))
      .$if(byId, (query) => query.where("users.id", "=", search))
      .$if(!byId && search !== "", (query) => query.where("users.email", "ilike", containing(search)))
      .where("users.email", ">", after)
      .orderBy("users.email")
      .limit(limit)
      .execute();
    return rows.map(withSuspension);
  }

  async setSubscription(tenantId: string, subscription: Subscription): Promise<void> {
    await this.inTenant(tenantId, async (tx) => {
      await putNow(tx, tenantId, subscription);
      const { plan, state } = subscription;
      await audit(tx, { act: "tenant.plan-set", target: { tenantId, plan, state } });
    });
  }

  /** @param reason null ends a suspension */
  async suspendTenant(tenantId: string, reason: string | null): Promise<void> {
    await this.inTenant(tenantId, async (tx) => {
      const act = reason === null ? "tenant.resumed" : "tenant.suspended";
      await tx.updateTable("studio.tenants").set(suspension(reason)).where("id", "=", tenantId).execute();
      await audit(tx, { tenantId, act, target: { reason } });
      await audit(tx, { act, target: { tenantId, reason } });
    });
  }

  /** A suspended person's sessions end; their tenants work on. @param reason null ends a suspension */
  async suspendPerson(userId: string, reason: string | null): Promise<void> {
    await this.db.transaction().execute(async (tx) => {
      const { numUpdatedRows } = await tx
        .updateTable("studio.users")
        .set(suspension(reason))
        .where("id", "=", userId)
        .executeTakeFirst();
      if (numUpdatedRows === 0n) throw new ServiceError("person_not_found");
      if (reason !== null) await endSessions(tx, userId);
      await audit(tx, { act: reason === null ? "person.resumed" : "person.suspended", target: { userId, reason } });
    });
  }

  private async inTenant(tenantId: string, work: (tx: Tx) => Promise<void>): Promise<void> {
    await this.db.transaction().execute(async (tx) => {
      if (!(await lockTenant(tx, tenantId))) throw new ServiceError("tenant_not_found");
      await work(tx);
    });
  }

  private tenantRows() {
    return this.db
      .selectFrom("studio.tenants as tenants")
      .leftJoin("studio.subscriptions as subscriptions", "subscriptions.tenant_id", "tenants.id")
      .select(["tenants.id", "tenants.name", "tenants.created_at as createdAt"])
      .select(["tenants.suspended_reason as reason", "tenants.suspended_at as at"])
      .select(["subscriptions.plan", "subscriptions.state", "subscriptions.period_end as periodEnd"])
      .select([
        sql<number>`(select count(*)::int from studio.members as m where m.tenant_id = tenants.id)`.as("members"),
        sql<number>`(select count(*)::int from studio.api_keys as k
                     where k.tenant_id = tenants.id and k.expires_at > now())`.as("apiKeys"),
      ]);
  }
}

function suspension(reason: string | null) {
  return { suspended_reason: reason, suspended_at: reason === null ? null : sql<Date>`now()` };
}

function withSuspension<Row extends { readonly reason: string | null; readonly at: Date | null }>(row: Row) {
  const { reason, at, ...rest } = row;
  return { ...rest, suspension: reason === null || at === null ? null : { reason, at } };
}
