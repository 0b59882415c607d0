import { type OidcGroups, type Role, roles } from "@nexus/contract";
import { errorCode, type Logger, type PlanBook, ServiceError, tenantSuspended } from "@nexus/service";
import type { Kysely } from "kysely";
import { type Act, audit } from "./audit";
import { deleteMember, noteRole, writeRole } from "./role-changes";
import { requireRoomForMember } from "./subscription-store";
import type { StudioTables } from "./tables";
import { LAST_OWNER } from "./tenancy-migration";
import type { Tx } from "./tenant-store";

export interface GroupMembershipsOptions {
  readonly db: Kysely<StudioTables>;
  readonly mapping: OidcGroups;
  readonly plans: PlanBook;
  readonly log: Logger;
}

/** Memberships that follow the groups of the identity provider. Those that people made are left alone. */
export class GroupMemberships {
  constructor(private readonly options: GroupMembershipsOptions) {}

  /**
   * Makes the memberships of a person what their groups say. Each tenant has a transaction of its own, so one that is full,
   * suspended or would lose its last owner keeps nobody out of the others.
   */
  async follow(userId: string, groups: ReadonlySet<string>): Promise<void> {
    const { db, mapping } = this.options;
    const wanted = rolesOf(mapping, groups);
    const present = await db
      .selectFrom("studio.members")
      .select("tenant_id as tenantId")
      .where("user_id", "=", userId)
      .where("by_group", "=", true)
      .execute();
    for (const tenantId of new Set([...wanted.keys(), ...present.map((row) => row.tenantId)]))
      await this.followIn(tenantId, userId, wanted.get(tenantId));
  }

  private async followIn(tenantId: string, userId: string, role: Role | undefined): Promise<void> {
    const { db, plans, log } = this.options;
    try {
      await db.transaction().execute(async (tx) => {
        const tenant = await tx
          .selectFrom("studio.tenants")
          .select("suspended_reason as suspended")
          .where("id", "=", tenantId)
          .forNoKeyUpdate()
          .executeTakeFirst();
        if (!tenant) return log.warn({ tenantId }, "auth.oidc.groups names an unknown tenant");
        const act = await change(tx, { tenantId, userId, role, plans });
        if (!act) return;
        if (tenant.suspended !== null) throw tenantSuspended(tenant.suspended);
        await audit(tx, { tenantId, actor: userId, ...act });
      });
    } catch (error) {
      const reason = reasonOf(error);
      if (reason === undefined) throw error;
      log.warn({ tenantId, userId, role: role ?? null, reason }, "a group did not change a membership");
      const target = { userId, role: role ?? null, cause: "group", reason };
      const act = { tenantId, actor: userId, act: "membership.kept", outcome: "failed", target } as const;
      await db.transaction().execute((tx) => audit(tx, act));
    }
  }
}

/** The most powerful role of each tenant. */
function rolesOf(mapping: OidcGroups, groups: ReadonlySet<string>): ReadonlyMap<string, Role> {
  const found = new Map<string, Role>();
  for (const [group, { tenant, role }] of Object.entries(mapping)) {
    if (!groups.has(group)) continue;
    const other = found.get(tenant);
    if (other === undefined || roles.indexOf(role) < roles.indexOf(other)) found.set(tenant, role);
  }
  return found;
}

interface Change {
  readonly tenantId: string;
  readonly userId: string;
  /** Undefined where no group gives one. */
  readonly role: Role | undefined;
  readonly plans: PlanBook;
}

/** @returns what was done; undefined for nothing */
async function change(tx: Tx, { tenantId, userId, role, plans }: Change): Promise<Act | undefined> {
  const target = { userId, cause: "group" };
  const present = await tx
    .selectFrom("studio.members")
    .select(["role", "by_group as byGroup"])
    .where("tenant_id", "=", tenantId)
    .where("user_id", "=", userId)
    .executeTakeFirst();
  if (!present) {
    if (role === undefined) return undefined;
    await requireRoomForMember(tx, tenantId, plans);
    await tx
      .insertInto("studio.members")
      .values({ tenant_id: tenantId, user_id: userId, role, by_group: true })
      .execute();
    await noteRole(tx, tenantId, userId, role);
    return { act: "member.joined", target: { ...target, role } };
  }
  if (!present.byGroup || present.role === role) return undefined;
  if (role === undefined) {
    await deleteMember(tx, tenantId, userId);
    return { act: "member.removed", target };
  }
  await writeRole(tx, tenantId, userId, role);
  return { act: "role.changed", target: { ...target, role } };
}

/** Why a membership stays as it is; undefined for any other error. */
function reasonOf(error: unknown): string | undefined {
  if (errorCode(error) === LAST_OWNER) return "last_owner";
  const isKnown = error instanceof ServiceError && ["limit_reached", "tenant_suspended"].includes(error.code);
  return isKnown ? error.code : undefined;
}
