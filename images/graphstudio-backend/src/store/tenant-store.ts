import type { Role } from "@nexus/contract";
import { errorCode, ServiceError, tenantSuspended } from "@nexus/service";
import type { Kysely, Transaction } from "kysely";
import { sql } from "kysely";
import { audit } from "./audit";
import { createTenant } from "./create-tenant";
import { lacksFactor } from "./lacks-factor";
import { deleteMember, writeRole } from "./role-changes";
import type { StudioTables } from "./tables";
import { LAST_OWNER } from "./tenancy-migration";

export interface Tenant {
  readonly id: string;
  readonly name: string;
}

/** A tenant as one of its members sees it. */
export interface OwnTenant extends Tenant {
  readonly role: Role;
  /** Why it is suspended; null while it is not. */
  readonly suspended: string | null;
  /** Whether its members need a second factor. */
  readonly requiresSecondFactor: boolean;
  /** Whether the member has none although they need one; they see nothing more of the tenant. */
  readonly lacksSecondFactor: boolean;
}

export interface Member {
  readonly userId: string;
  readonly email: string;
  readonly role: Role;
  readonly joinedAt: Date;
}

export interface MemberQuery {
  /** Only addresses after this one. */
  readonly after: string;
  /** Only addresses that contain this. */
  readonly find: string;
  readonly limit: number;
}

export type Tx = Transaction<StudioTables>;

/** Tenants and who is in them. */
export class TenantStore {
  constructor(private readonly db: Kysely<StudioTables>) {}

  async list(userId: string): Promise<OwnTenant[]> {
    return await memberships(this.db)
      .where("members.user_id", "=", userId)
      .orderBy("members.created_at")
      .orderBy("tenants.id")
      .execute();
  }

  /** @param most how many tenants one person may own */
  async create(userId: string, name: string, most: number): Promise<OwnTenant> {
    return await this.db.transaction().execute(async (tx) => {
      // Two requests at once are counted one after the other.
      await tx.selectFrom("studio.users").select("id").where("id", "=", userId).forUpdate().executeTakeFirst();
      const { owned } = await tx
        .selectFrom("studio.members")
        .select(({ fn }) => fn.countAll<string>().as("owned"))
        .where("user_id", "=", userId)
        .where("role", "=", "owner")
        .executeTakeFirstOrThrow();
      if (Number(owned) >= most) throw new ServiceError("limit_reached", { detail: `You may own ${most} tenants` });
      const { tenantId: id, role } = await createTenant(tx, userId, name);
      return { id, name, role, suspended: null, requiresSecondFactor: false, lacksSecondFactor: false };
    });
  }

  /**
   * A tenant and what the caller is there; undefined for a stranger, who must not learn that it exists. Throws where the
   * tenant is suspended.
   */
  async find(tenantId: string, userId: string): Promise<OwnTenant | undefined> {
    const tenant = notSuspended(await own(this.db, tenantId, userId).executeTakeFirst());
    if (tenant?.lacksSecondFactor) throw new ServiceError("second_factor_required");
    return tenant;
  }

  /**
   * Members by their addresses. Those of the tenant are read first: in the order of addresses, PostgreSQL would look at
   * everybody's until it had found enough of them.
   */
  async members(tenantId: string, { after, find, limit }: MemberQuery): Promise<Member[]> {
    return await this.db
      .with(
        (expression) => expression("own").materialized(),
        (db) =>
          db
            .selectFrom("studio.members as members")
            .innerJoin("studio.users as users", "users.id", "members.user_id")
            .select(["users.id as userId", "users.email", "members.role", "members.created_at as joinedAt"])
            .where("members.tenant_id", "=", tenantId),
      )
      .selectFrom("own")
      .selectAll()
      .where("email", ">", after)
      .where(sql<boolean>`strpos(email, ${find.toLowerCase()}) > 0`)
      .orderBy("email")
      .limit(limit)
      .execute();
  }

  /**
   * Makes a change of a tenant: changes of one tenant come one after the other, and the caller's role is the one that counts
   * at that moment. A role that is lowered while a request is on its way allows nothing any more. A caller who lacks the
   * second factor that the tenant requires makes no change.
   * @param outer the transaction that the change is part of; without one it has its own
   */
  async change<T>(
    tenantId: string,
    userId: string,
    work: (tx: Tx, caller: OwnTenant) => Promise<T>,
    outer?: Tx,
  ): Promise<T> {
    const checked = async (tx: Tx, caller: OwnTenant) => {
      if (caller.lacksSecondFactor) throw new ServiceError("second_factor_required");
      return await work(tx, caller);
    };
    return await this.changeEvenLacking(tenantId, userId, checked, outer);
  }

  /** The same for an API key, whose rights were looked up when it was presented. */
  async changeByKey<T>(tenantId: string, work: (tx: Tx) => Promise<T>): Promise<T> {
    return await this.db.transaction().execute(async (tx) => {
      const tenant = await tx
        .selectFrom("studio.tenants")
        .select("suspended_reason as suspended")
        .where("id", "=", tenantId)
        .forNoKeyUpdate()
        .executeTakeFirst();
      if (!tenant) throw new ServiceError("tenant_not_found");
      if (tenant.suspended !== null) throw tenantSuspended(tenant.suspended);
      return await work(tx);
    });
  }

  /** Removes the caller, who needs no second factor for it. */
  async leave(tenantId: string, userId: string): Promise<void> {
    await this.changeEvenLacking(tenantId, userId, async (tx) => await removeMember(tx, tenantId, userId));
  }

  private async changeEvenLacking<T>(
    tenantId: string,
    userId: string,
    work: (tx: Tx, caller: OwnTenant) => Promise<T>,
    outer?: Tx,
  ): Promise<T> {
    const changeIn = async (tx: Tx) => {
      await tx.selectFrom("studio.tenants").select("id").where("id", "=", tenantId).forNoKeyUpdate().execute();
      const caller = notSuspended(await own(tx, tenantId, userId).executeTakeFirst());
      if (!caller) throw new ServiceError("tenant_not_found");
      return await work(tx, caller);
    };
    try {
      return await (outer ? changeIn(outer) : this.db.transaction().execute(changeIn));
    } catch (error) {
      if (errorCode(error) === LAST_OWNER) throw new ServiceError("last_owner");
      throw error;
    }
  }
}

function memberships(db: Kysely<StudioTables>) {
  return db
    .selectFrom("studio.members as members")
    .innerJoin("studio.tenants as tenants", "tenants.id", "members.tenant_id")
    .select(["tenants.id", "tenants.name", "members.role", "tenants.suspended_reason as suspended"])
    .select("tenants.requires_second_factor as requiresSecondFactor")
    .select(lacksFactor().as("lacksSecondFactor"));
}

function own(db: Kysely<StudioTables>, tenantId: string, userId: string) {
  return memberships(db).where("members.tenant_id", "=", tenantId).where("members.user_id", "=", userId);
}

function notSuspended(tenant: OwnTenant | undefined): OwnTenant | undefined {
  if (tenant && tenant.suspended !== null) throw tenantSuspended(tenant.suspended);
  return tenant;
}

export async function roleOf(tx: Tx, tenantId: string, userId: string): Promise<Role | undefined> {
  return (await own(tx, tenantId, userId).executeTakeFirst())?.role;
}

export async function rename(tx: Tx, tenantId: string, name: string): Promise<void> {
  await tx.updateTable("studio.tenants").set({ name }).where("id", "=", tenantId).execute();
  await audit(tx, { tenantId, act: "tenant.renamed", target: { name } });
}

export async function requireSecondFactor(tx: Tx, tenantId: string, required: boolean): Promise<void> {
  await tx.updateTable("studio.tenants").set({ requires_second_factor: required }).where("id", "=", tenantId).execute();
  await audit(tx, { tenantId, act: required ? "second-factor.required" : "second-factor.optional" });
}

export async function setRole(tx: Tx, tenantId: string, userId: string, role: Role): Promise<void> {
  await writeRole(tx, tenantId, userId, role);
  await audit(tx, { tenantId, act: "role.changed", target: { userId, role } });
}

export async function removeMember(tx: Tx, tenantId: string, userId: string): Promise<void> {
  await deleteMember(tx, tenantId, userId);
  await audit(tx, { tenantId, act: "member.removed", target: { userId } });
}
