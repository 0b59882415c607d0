import { type Logger, requirePermission, ServiceError } from "@nexus/service";
import type { AccountService } from "../accounts/account-service";
import type { StandingWatch } from "../standing/standing-watch";
import { type AccountDeletion, type AccountDeletions, deleteTenant } from "../store/deletion";
import type { TenantStore } from "../store/tenant-store";

export interface DeletionServiceOptions {
  readonly accounts: AccountService;
  readonly tenants: TenantStore;
  readonly deletions: AccountDeletions;
  readonly watch: StandingWatch;
  readonly log: Logger;
}

/** Who deletes, from where, and with which password; it is empty for a person without one. */
export interface Deleter {
  readonly userId: string;
  readonly address: string;
  readonly password: string;
}

/** Deletes tenants and accounts. */
export class DeletionService {
  constructor(private readonly options: DeletionServiceOptions) {}

  async deleteTenant(tenantId: string, name: string, { userId, address, password }: Deleter): Promise<void> {
    const { accounts, tenants, watch, log } = this.options;
    const found = await tenants.find(tenantId, userId);
    if (!found) throw new ServiceError("tenant_not_found");
    requirePermission(found, "tenant.delete");
    await accounts.prove(address, userId, password, "tenant.deleted");
    await tenants.change(tenantId, userId, async (tx, caller) => {
      requirePermission(caller, "tenant.delete");
      if (name !== caller.name) {
        const detail = `The tenant's name is "${caller.name}"; give exactly this as \`name\``;
        throw new ServiceError("confirmation_needed", { detail });
      }
      await deleteTenant(tx, caller);
    });
    log.info({ userId, tenantId }, "tenant deleted");
    await watch.refresh();
  }

  async preview(userId: string): Promise<AccountDeletion> {
    return await this.options.deletions.preview(userId);
  }

  async deleteAccount(tenantIds: readonly string[], { userId, address, password }: Deleter): Promise<void> {
    const { accounts, deletions, watch, log } = this.options;
    await accounts.prove(address, userId, password, "account.deleted");
    await deletions.delete(userId, tenantIds);
    log.info({ userId }, "account deleted");
    await watch.refresh();
  }
}
