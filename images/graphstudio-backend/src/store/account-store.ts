import { randomUUID } from "node:crypto";
import { type PlanBook, type Principal, ServiceError } from "@nexus/service";
import type { Kysely } from "kysely";
import { audit } from "./audit";
import { createTenant } from "./create-tenant";
import { redeem } from "./invitation-store";
import { lacksFactor } from "./lacks-factor";
import { endSessions } from "./person-sessions";
import type { StudioTables } from "./tables";

/** A person in one of their tenants. */
export interface Account extends Principal {
  readonly tenantName: string;
  /** Why the person may not sign in. */
  readonly suspended?: string | null;
  /** Why nobody may work in the tenant. */
  readonly tenantSuspended?: string | null;
  readonly platformAdmin?: boolean;
}

/** What a log-in is checked against. */
export interface Credentials {
  readonly userId: string;
  /** Undefined for a person without a password. */
  readonly passwordHash: string | undefined;
}

/** The name of a tenant of one's own, or the hash of an invitation's token to another one. */
export type Home = { readonly tenantName: string } | { readonly invitation: Buffer };

export interface NewAccount {
  readonly email: string;
  /** Whether the person has shown that they read its mails. */
  readonly verified: boolean;
  readonly passwordHash: string;
  readonly home: Home;
}

/** The provider of identities that have a password. */
export const CREDENTIAL = "credential";

/** People, and which tenants they are in. */
export class AccountStore {
  constructor(
    private readonly db: Kysely<StudioTables>,
    private readonly plans: PlanBook,
  ) {}

  /** A person with a tenant, or neither. */
  async create({ email, verified, passwordHash, home }: NewAccount): Promise<Account> {
    const userId = randomUUID();
    return await this.db.transaction().execute(async (tx) => {
      const { numInsertedOrUpdatedRows } = await tx
        .insertInto("studio.users")
        .values({ id: userId, email, email_verified: verified })
        // What the database refuses it writes into its log, with the address.
        .onConflict((conflict) => conflict.column("email").doNothing())
        .executeTakeFirst();
      if (numInsertedOrUpdatedRows === 0n) throw new ServiceError("email_taken");
      await tx.deleteFrom("studio.sign_ups").where("email", "=", email).execute();
      await tx
        .insertInto("studio.identities")
        .values({ user_id: userId, provider_id: CREDENTIAL, account_id: userId, password: passwordHash })
        .execute();
      const tenant =
        "invitation" in home
          ? await redeem(tx, home.invitation, { userId, email, verified }, this.plans)
          : await createTenant(tx, userId, home.tenantName);
      await audit(tx, { act: "account.created", actor: userId, target: { userId } });
      return { userId, email, ...tenant };
    });
  }

  async credentialsOf(email: string): Promise<Credentials | undefined> {
    const found = await this.db
      .selectFrom("studio.users as users")
      .leftJoin("studio.identities as identities", (join) =>
        join.onRef("identities.user_id", "=", "users.id").on("identities.provider_id", "=", CREDENTIAL),
      )
      .select(["users.id as userId", "identities.password"])
      .where("users.email", "=", email)
      .executeTakeFirst();
    return found && { userId: found.userId, passwordHash: found.password ?? undefined };
  }

  /** A new password, or the first one; all sessions of the person end. */
  async setPassword(userId: string, passwordHash: string): Promise<void> {
    await this.db.transaction().execute(async (tx) => {
      await tx
        .insertInto("studio.identities")
        .values({ user_id: userId, provider_id: CREDENTIAL, account_id: userId, password: passwordHash })
        .onConflict((conflict) =>
          conflict.columns(["provider_id", "account_id"]).doUpdateSet({ password: passwordHash }),
        )
        .execute();
      await endSessions(tx, userId);
      await audit(tx, { act: "password.changed", target: { userId } });
    });
  }

  /**
   * A person in the tenant that they chose, or in the one that they have been in for the longest time. Who is in none any
   * more gets a new one, so everybody who has an account can log in. Tenants that require a second factor are no choice for
   * whoever has none.
   */
  async find(userId: string, chosenTenantId: string | null): Promise<Account | undefined> {
    return (await findIn(this.db, userId, chosenTenantId)) ?? (await this.settle(userId));
  }

  private async settle(userId: string): Promise<Account | undefined> {
    return await this.db.transaction().execute(async (tx) => {
      const user = await tx
        .selectFrom("studio.users")
        .select("email")
        .where("id", "=", userId)
        .forUpdate()
        .executeTakeFirst();
      if (!user) return undefined;
      // Another log-in may have been faster.
      const found = await findIn(tx, userId, null);
      return found ?? { userId, email: user.email, ...(await createTenant(tx, userId, nameFrom(user.email))) };
    });
  }
}

/** The name of a tenant that nobody named. */
export function nameFrom(email: string): string {
  return email.slice(0, email.indexOf("@"));
}

async function findIn(db: Kysely<StudioTables>, userId: string, chosenTenantId: string | null) {
  return await db
    .selectFrom("studio.users as users")
    .innerJoin("studio.members as members", "members.user_id", "users.id")
    .innerJoin("studio.tenants as tenants", "tenants.id", "members.tenant_id")
    .select([
      "users.id as userId",
      "users.email",
      "tenants.id as tenantId",
      "tenants.name as tenantName",
      "members.role",
      "users.suspended_reason as suspended",
      "tenants.suspended_reason as tenantSuspended",
      "users.platform_admin as platformAdmin",
    ])
    .where("users.id", "=", userId)
    .where(({ not }) => not(lacksFactor()))
    .orderBy((order) => order.eb("tenants.id", "is not distinct from", chosenTenantId), "desc")
    .orderBy("members.created_at")
    .orderBy("tenants.id")
    .executeTakeFirst();
}
