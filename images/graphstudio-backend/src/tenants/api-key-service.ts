import type { KeyScope } from "@nexus/contract";
import { isApiKey, type Page, type PageRequest, type PlanBook, requirePermission, ServiceError } from "@nexus/service";
import { type ApiKey, type ApiKeyStore, type KeyHolder, makeKey, revokeKey } from "../store/api-key-store";
import { planOf } from "../store/subscription-store";
import type { TenantStore } from "../store/tenant-store";

export interface ApiKeyServiceOptions {
  readonly keys: ApiKeyStore;
  readonly tenants: TenantStore;
  readonly plans: PlanBook;
  /** How many keys a tenant may have whose plan does not say. */
  readonly most: number;
}

/** Keys with which programs work in a tenant. */
export class ApiKeyService {
  constructor(private readonly options: ApiKeyServiceOptions) {}

  async list(tenantId: string, userId: string, page: PageRequest): Promise<Page<ApiKey>> {
    const { keys, tenants } = this.options;
    const caller = await tenants.find(tenantId, userId);
    if (!caller) throw new ServiceError("tenant_not_found");
    requirePermission(caller, "keys.manage");
    return await keys.list(tenantId, page);
  }

  async make(tenantId: string, userId: string, about: { name: string; scopes: KeyScope[]; days: number }) {
    const { tenants, plans, most } = this.options;
    return await tenants.change(tenantId, userId, async (tx, caller) => {
      requirePermission(caller, "keys.manage");
      for (const scope of about.scopes) requirePermission(caller, scope);
      const room = plans.room({ plan: await planOf(tx, tenantId) }, "apiKeys") ?? { limit: most };
      return await makeKey(tx, { tenantId, madeBy: userId, ...about }, room);
    });
  }

  async revoke(tenantId: string, userId: string, id: string): Promise<void> {
    await this.options.tenants.change(tenantId, userId, async (tx, caller) => {
      requirePermission(caller, "keys.manage");
      if (!(await revokeKey(tx, tenantId, id))) throw new ServiceError("key_not_found");
    });
  }

  async check(key: string): Promise<KeyHolder> {
    const holder = isApiKey(key) ? await this.options.keys.check(key) : undefined;
    if (!holder)
      throw new ServiceError("unauthorized", { detail: "The API key was revoked, has run out or is no key" });
    return holder;
  }
}
