import type { Permission } from "@nexus/contract";
import { type Principal, requirePermission, ServiceError } from "@nexus/service";
import type { TenantStore } from "../store/tenant-store";

/** Who asks, and in which tenant. */
export type Caller = Pick<Principal, "tenantId" | "userId">;

/** @throws ServiceError if the caller's role in the tenant does not allow it at the moment */
export async function requireAllowed(
  tenants: TenantStore,
  { tenantId, userId }: Caller,
  permission: Permission,
): Promise<void> {
  const member = await tenants.find(tenantId, userId);
  if (!member) throw new ServiceError("tenant_not_found");
  requirePermission(member, permission);
}
