import { type Logger, requirePermission, ServiceError } from "@nexus/service";
import type { AccountService } from "../accounts/account-service";
import type { SecondFactorService } from "../accounts/second-factor-service";
import type { StandingWatch } from "../standing/standing-watch";
import { type AccountDeletion, type AccountDeletions, deleteTenant } from "../store/deletion";
import type { TenantStore } from "../store/tenant-store";

export interface DeletionServiceOptions {
  readonly accounts: AccountService;
  readonly secondFactors: SecondFactorService;
  readonly tenants: TenantStore;
  readonly deletions: AccountDeletions;
  readonly watch: StandingWatch;
  readonly log: Logger;
}

/** Who deletes, from where, and how they prove it. */
export interface Deleter {
  readonly userId: string;
  readonly address: string;
  /** Empty for a person without one. */
  readonly password: string;
  /** Of the second factor, where it is on. */
  readonly code: string | undefined;
}

/** Deletes tenants and accounts. */
export class DeletionService {
  constructor(private readonly options: DeletionServiceOptions) {}

  async deleteTenant(tenantId: string, name: string, deleter: Deleter): Promise<void> {
    const { accounts, secondFactors, tenants, watch, log } = this.options;
    const { userId, address, password, code } = deleter;
    const found = await tenants.find(tenantId, userId);
    if (!found) throw new ServiceError("tenant_not_found");
    requirePermission(found, "tenant.delete");
    const person = await accounts.prove(address, userId, password, "tenant.deleted");
    requireName(found, name);
    await secondFactors.require(person, code);
    await tenants.change(tenantId, userId, async (tx, caller) => {
      requirePermission(caller, "tenant.delete");
      requireName(caller, name);
      await deleteTenant(tx, caller);
    });
    log.info({ userId, tenantId }, "tenant deleted");
    await watch.refresh();
  }

  async preview(userId: string): Promise<AccountDeletion> {
    return await this.options.deletions.preview(userId);
  }

  async deleteAccount(tenantIds: readonly string[], deleter: Deleter): Promise<void> {
    const { accounts, secondFactors, deletions, watch, log } = this.options;
    const { userId, address, password, code } = deleter;
    const person = await accounts.prove(address, userId, password, "account.deleted");
    await deletions.check(userId, tenantIds);
    await secondFactors.require(person, code);
    await deletions.delete(userId, tenantIds);
    log.info({ userId }, "account deleted");
    await watch.refresh();
  }
}

function requireName(tenant: { readonly name: string }, name: string): void {
  if (name === tenant.name) return;
  const detail = `The tenant's name is "${tenant.name}"; give exactly this as \`name\``;
  throw new ServiceError("confirmation_needed", { detail });
}
