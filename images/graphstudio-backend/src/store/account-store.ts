import { randomUUID } from "node:crypto";
import { type Principal, ServiceError } from "@nexus/service";
import type { Kysely } from "kysely";
import type { StudioTables } from "./tables";

export interface Account extends Principal {
  readonly tenantName: string;
  readonly passwordHash: string;
}

export interface NewAccount {
  readonly email: string;
  readonly passwordHash: string;
  readonly tenantName: string;
}

/** Users, their tenants and their roles there. */
export class AccountStore {
  constructor(private readonly db: Kysely<StudioTables>) {}

  /** A user with a new tenant, or neither of them. */
  async create({ email, passwordHash, tenantName }: NewAccount): Promise<Account> {
    const userId = randomUUID();
    const tenantId = randomUUID();
    await this.db.transaction().execute(async (tx) => {
      const { numInsertedOrUpdatedRows } = await tx
        .insertInto("studio.users")
        .values({ id: userId, email, password_hash: passwordHash })
        // What the database refuses it writes into its log, with the address.
        .onConflict((conflict) => conflict.column("email").doNothing())
        .executeTakeFirst();
      if (numInsertedOrUpdatedRows === 0n) throw new ServiceError("email_taken");
      await tx.insertInto("studio.tenants").values({ id: tenantId, name: tenantName }).execute();
      await tx.insertInto("studio.members").values({ tenant_id: tenantId, user_id: userId, role: "owner" }).execute();
    });
    return { userId, tenantId, role: "owner", email, tenantName, passwordHash };
  }

  async findByEmail(email: string): Promise<Account | undefined> {
    return await this.select().where("users.email", "=", email).executeTakeFirst();
  }

  async findById(userId: string): Promise<Account | undefined> {
    return await this.select().where("users.id", "=", userId).executeTakeFirst();
  }

  private select() {
    return this.db
      .selectFrom("studio.users as users")
      .innerJoin("studio.members as members", "members.user_id", "users.id")
      .innerJoin("studio.tenants as tenants", "tenants.id", "members.tenant_id")
      .select([
        "users.id as userId",
        "users.email",
        "users.password_hash as passwordHash",
        "tenants.id as tenantId",
        "tenants.name as tenantName",
        "members.role",
      ])
      .orderBy("members.created_at");
  }
}
