import { errorCode, ServiceError, tenantSuspended } from "@nexus/service";
import type { Kysely } from "kysely";
import { sql } from "kysely";
import { audit } from "./audit";
import { noteDeleted } from "./standing-store";
import type { StudioTables } from "./tables";
import { LAST_OWNER } from "./tenancy-migration";
import type { Tx } from "./tenant-store";

interface Named {
  readonly id: string;
  readonly name: string;
}

/** Tenants that are deleted with an account, and those that prevent its deletion. */
export interface AccountDeletion {
  /** Tenants where the person is alone. */
  readonly deletes: Named[];
  /** Tenants whose other members would have no owner. */
  readonly blockedBy: Named[];
}

/** Deletes a tenant, which is locked. Its audit trail stays, and the kernel deletes its workspaces once it hears of it. */
export async function deleteTenant(tx: Tx, { id, name }: Named): Promise<void> {
  await noteDeleted(tx, id, "tenant");
  await tx.deleteFrom("studio.tenants").where("id", "=", id).execute();
  await audit(tx, { tenantId: id, act: "tenant.deleted", target: { name } });
}

/** Deletes accounts. */
export class AccountDeletions {
  constructor(private readonly db: Kysely<StudioTables>) {}

  async preview(userId: string): Promise<AccountDeletion> {
    const { deletes, blockedBy } = await look(this.db, userId);
    return { deletes, blockedBy };
  }

  /** Throws what `delete` would, so that nothing is used up for it. */
  async check(userId: string, confirmed: readonly string[]): Promise<void> {
    await requireDeletable(this.db, userId, confirmed);
  }

  /** @param confirmed ids of the tenants that go with the account: exactly those where the person is alone */
  async delete(userId: string, confirmed: readonly string[]): Promise<void> {
    try {
      await this.db.transaction().execute(async (tx) => {
        // The person cannot make a tenant meanwhile, and who joins or leaves one of theirs waits.
        await tx.selectFrom("studio.users").select("id").where("id", "=", userId).forNoKeyUpdate().execute();
        await tx
          .selectFrom("studio.tenants")
          .select("id")
          .where("id", "in", (query) =>
            query.selectFrom("studio.members").select("tenant_id").where("user_id", "=", userId),
          )
          .orderBy("id")
          .forNoKeyUpdate()
          .execute();
        const { deletes, leaves } = await requireDeletable(tx, userId, confirmed);
        for (const { id } of leaves) await audit(tx, { tenantId: id, act: "member.removed", target: { userId } });
        for (const tenant of deletes) await deleteTenant(tx, tenant);
        await noteDeleted(tx, userId, "person");
        await tx.deleteFrom("studio.users").where("id", "=", userId).execute();
        await audit(tx, { act: "account.deleted", target: { userId } });
      });
    } catch (error) {
      if (errorCode(error) === LAST_OWNER) throw new ServiceError("last_owner");
      throw error;
    }
  }
}

async function requireDeletable(db: Kysely<StudioTables>, userId: string, confirmed: readonly string[]) {
  const found = await look(db, userId);
  if (found.blockedBy.length > 0) throw needsOwners(found.blockedBy);
  if (found.suspended !== null) throw tenantSuspended(found.suspended);
  requireSame(found.deletes, confirmed);
  return found;
}

async function look(db: Kysely<StudioTables>, userId: string) {
  const rows = await db
    .selectFrom("studio.members as own")
    .innerJoin("studio.tenants as tenants", "tenants.id", "own.tenant_id")
    .innerJoin("studio.members as all", "all.tenant_id", "own.tenant_id")
    .select(["tenants.id", "tenants.name", "own.role", "tenants.suspended_reason as suspended"])
    .select(sql<number>`count(*)::int`.as("members"))
    .select(sql<number>`count(*) filter (where "all".role = 'owner')::int`.as("owners"))
    .where("own.user_id", "=", userId)
    .groupBy(["tenants.id", "own.role"])
    .orderBy("tenants.id")
    .execute();
  const named = (some: typeof rows): Named[] => some.map(({ id, name }) => ({ id, name }));
  const alone = rows.filter(({ members }) => members === 1);
  const shared = rows.filter(({ members }) => members > 1);
  const isLast = ({ role, owners }: (typeof rows)[number]) => role === "owner" && owners === 1;
  return {
    deletes: named(alone),
    blockedBy: named(shared.filter(isLast)),
    leaves: named(shared),
    suspended: alone.find(({ suspended }) => suspended !== null)?.suspended ?? null,
  };
}

function needsOwners(tenants: readonly Named[]): ServiceError {
  const names = tenants.map(({ name }) => `"${name}"`).join(", ");
  const detail = `You are the only owner of ${names}, which has other members; make one of them an owner, or delete it`;
  return new ServiceError("last_owner", { detail, extensions: { tenants } });
}

function requireSame(deletes: readonly Named[], confirmed: readonly string[]): void {
  const given = new Set(confirmed.map((id) => id.toLowerCase()));
  if (given.size === deletes.length && deletes.every(({ id }) => given.has(id))) return;
  const names = deletes.map(({ id, name }) => `"${name}" (${id})`).join(", ") || "no tenant";
  const detail = `${names} would go with the account; give exactly these ids as \`tenants\``;
  throw new ServiceError("confirmation_needed", { detail, extensions: { tenants: deletes } });
}
