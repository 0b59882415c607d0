import type { Permission, Role } from "@nexus/contract";
import { type Principal, requirePermission, ServiceError } from "@nexus/service";
import type { TenantStore, Tx } from "../store/tenant-store";

/** The tenant that a token or an API key is for, and what its bearer may do there now. */
export class TenantAccess {
  constructor(private readonly tenants: TenantStore) {}

  /** @returns the role that counts now */
  async require(caller: Principal, permission: Permission): Promise<Role> {
    const found = caller.scopes ? caller : await this.tenants.find(caller.tenantId, caller.userId);
    if (!found) throw new ServiceError("tenant_not_found");
    requirePermission(found, permission);
    return found.role;
  }

  /** Makes a change as somebody who may make it at that moment. */
  async change<T>(caller: Principal, permission: Permission, work: (tx: Tx, role: Role) => Promise<T>): Promise<T> {
    const { tenantId, userId } = caller;
    if (caller.scopes) {
      requirePermission(caller, permission);
      return await this.tenants.changeByKey(tenantId, (tx) => work(tx, caller.role));
    }
    return await this.tenants.change(tenantId, userId, async (tx, member) => {
      requirePermission(member, permission);
      return await work(tx, member.role);
    });
  }
}
