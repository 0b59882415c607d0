import { may, type Permission, permissionOver, permissions as allPermissions, type Role } from "@nexus/contract";
import { type Logger, type PlanBook, requirePermission, ServiceError } from "@nexus/service";
import type { Prover, SecondFactorService } from "../accounts/second-factor-service";
import type { Mailer } from "../mail/mailer";
import { invitationMail } from "../mail/messages";
import { MOST_TENANTS } from "../schemas";
import { type Invitation, type InvitationStore, invite, type Offer, withdraw } from "../store/invitation-store";
import { requireRoomForMember } from "../store/subscription-store";
import {
  type Member,
  type MemberQuery,
  type OwnTenant,
  removeMember,
  rename,
  requireSecondFactor,
  roleOf,
  setRole,
  type TenantStore,
  type Tx,
} from "../store/tenant-store";

export interface TenantServiceOptions {
  readonly tenants: TenantStore;
  readonly invitations: InvitationStore;
  readonly secondFactors: SecondFactorService;
  readonly plans: PlanBook;
  /** Undefined where no mails are sent. */
  readonly mailer: Mailer | undefined;
  readonly log: Logger;
}

/** How many invitations of one tenant may be open. */
const MOST_INVITATIONS = 1000;

/** Who gives a role to somebody. */
export interface Giver extends Prover {
  /** Of the second factor, where it is on. */
  readonly code: string | undefined;
}

export interface TenantView extends OwnTenant {
  /** What the caller may do there. */
  readonly permissions: Permission[];
}

/** Tenants, their members and invitations; each change is checked with the role that the caller has at that moment. */
export class TenantService {
  constructor(private readonly options: TenantServiceOptions) {}

  async list(userId: string): Promise<TenantView[]> {
    return (await this.options.tenants.list(userId)).map(toView);
  }

  async create(userId: string, name: string): Promise<TenantView> {
    const tenant = await this.options.tenants.create(userId, name, MOST_TENANTS);
    this.options.log.info({ userId, tenantId: tenant.id }, "tenant created");
    return toView(tenant);
  }

  async find(tenantId: string, userId: string): Promise<TenantView> {
    const tenant = await this.options.tenants.find(tenantId, userId);
    if (!tenant) throw new ServiceError("tenant_not_found");
    return toView(tenant);
  }

  async rename(tenantId: string, userId: string, name: string): Promise<TenantView> {
    return await this.options.tenants.change(tenantId, userId, async (tx, caller) => {
      requirePermission(caller, "tenant.rename");
      await rename(tx, tenantId, name);
      return toView({ ...caller, name });
    });
  }

  /** Members without a second factor see nothing of the tenant any more; whoever decides that must have one. */
  async requireSecondFactor(tenantId: string, userId: string, required: boolean): Promise<void> {
    if (required && !(await this.options.secondFactors.look(userId)).on) throw new ServiceError("second_factor_off");
    await this.options.tenants.change(tenantId, userId, async (tx, caller) => {
      requirePermission(caller, "security.change");
      await requireSecondFactor(tx, tenantId, required);
    });
  }

  async members(tenantId: string, userId: string, query: MemberQuery): Promise<Member[]> {
    requirePermission(await this.find(tenantId, userId), "tenant.read");
    return await this.options.tenants.members(tenantId, query);
  }

  async setRole(tenantId: string, by: Giver, memberId: string, role: Role): Promise<void> {
    const { userId } = by;
    await this.give(tenantId, by, role, async (tx, caller) => {
      const present = await roleOf(tx, tenantId, memberId);
      if (!present) throw new ServiceError("member_not_found");
      requirePermission(caller, permissionOver(present));
      await setRole(tx, tenantId, memberId, role);
      this.options.log.info({ userId, tenantId, memberId, from: present, to: role }, "role changed");
    });
  }

  /** Removes a member; everybody may leave. */
  async remove(tenantId: string, userId: string, memberId: string): Promise<void> {
    const { tenants, log } = this.options;
    if (memberId === userId) await tenants.leave(tenantId, userId);
    else
      await tenants.change(tenantId, userId, async (tx, caller) => {
        const present = await roleOf(tx, tenantId, memberId);
        if (!present) throw new ServiceError("member_not_found");
        requirePermission(caller, permissionOver(present));
        await removeMember(tx, tenantId, memberId);
      });
    log.info({ userId, tenantId, memberId }, "member removed");
  }

  async invitations(tenantId: string, userId: string): Promise<Invitation[]> {
    requirePermission(await this.find(tenantId, userId), "members.manage");
    return await this.options.invitations.list(tenantId);
  }

  /** The invitation goes out by mail where it is for an address and there is a mail server. */
  async invite(tenantId: string, by: Giver, role: Role, email: string | null) {
    const { invitations, plans, mailer, log } = this.options;
    const made = await this.give(tenantId, by, role, async (tx, caller) => {
      await requireRoomForMember(tx, tenantId, plans);
      const byMail = mailer !== undefined && email !== null;
      const invitation = await invite(tx, { tenantId, role, email, invitedBy: by.userId, byMail }, MOST_INVITATIONS);
      return { ...invitation, role, email, tenantName: caller.name };
    });
    log.info({ userId: by.userId, tenantId, role }, "invitation made");
    const { tenantName, mailedToken, ...invitation } = made;
    if (!mailer || email === null || mailedToken === undefined) return { ...invitation, mailed: false };
    const about = { tenantName, role, invitedBy: by.email, link: mailer.link("/join", mailedToken) };
    const mailed = await mailer.send(invitationMail(email, about));
    if (!mailed) await invitations.notMailed(mailedToken);
    return { ...invitation, mailed };
  }

  async withdraw(tenantId: string, userId: string, id: string): Promise<void> {
    await this.options.tenants.change(tenantId, userId, async (tx, caller) => {
      requirePermission(caller, "members.manage");
      const role = await withdraw(tx, tenantId, id);
      if (!role) throw new ServiceError("invitation_invalid");
      requirePermission(caller, permissionOver(role));
    });
  }

  async look(token: string): Promise<Offer> {
    const offer = await this.options.invitations.look(token);
    if (!offer) throw new ServiceError("invitation_invalid");
    return offer;
  }

  async accept(token: string, userId: string): Promise<TenantView> {
    const tenantId = await this.options.invitations.accept(token, userId);
    this.options.log.info({ userId, tenantId }, "invitation accepted");
    const joined = (await this.list(userId)).find(({ id }) => id === tenantId);
    if (!joined) throw new ServiceError("tenant_not_found");
    return joined;
  }

  /** Owners may delete the tenant, so whoever makes one shows a code where a second factor is on, as for a deletion. */
  private async give<T>(
    tenantId: string,
    by: Giver,
    role: Role,
    work: (tx: Tx, caller: OwnTenant) => Promise<T>,
  ): Promise<T> {
    const { tenants, secondFactors } = this.options;
    const permission = permissionOver(role);
    const change = async (outer?: Tx) => {
      const allowed = async (tx: Tx, caller: OwnTenant) => {
        requirePermission(caller, permission);
        return await work(tx, caller);
      };
      return await tenants.change(tenantId, by.userId, allowed, outer);
    };
    if (!may(role, "tenant.delete")) return await change();
    requirePermission(await this.find(tenantId, by.userId), permission);
    return await secondFactors.guard(by, by.code, change);
  }
}

function toView(tenant: OwnTenant): TenantView {
  const names = Object.keys(allPermissions) as Permission[];
  const permissions = tenant.lacksSecondFactor ? [] : names.filter((name) => may(tenant.role, name));
  return { ...tenant, permissions };
}
