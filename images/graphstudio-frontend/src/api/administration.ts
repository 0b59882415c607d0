import type { ApiClient } from "./client";
import type { AiDay, KernelUsage } from "./tenant-types";
import type { Page } from "./types";

export interface Suspension {
  readonly reason: string;
  readonly at: string;
}

export interface PlatformTenant {
  readonly id: string;
  readonly name: string;
  readonly createdAt: string;
  readonly members: number;
  readonly apiKeys: number;
  readonly plan: string | null;
  readonly state: string | null;
  readonly suspension: Suspension | null;
}

/** A tenant of the list. */
export interface ListedTenant extends PlatformTenant {
  /** What the kernel counts, for the list; null where it does not say. */
  readonly usage: TenantUse | null;
}

export interface TenantUse extends Pick<KernelUsage, "workspaces" | "activeWorkspaces" | "storageBytes"> {
  /** Of today (UTC), with what is reserved. */
  readonly executionSeconds: number;
  readonly streamBytes: number;
}

export interface OnePlatformTenant extends PlatformTenant {
  /** The plan that counts now. */
  readonly planInForce: string;
  readonly plans: readonly string[];
  /** Days on which AI tokens were used, the newest first. */
  readonly aiDays: readonly AiDay[];
  /** Null where the kernel does not say. */
  readonly usage: KernelUsage | null;
}

export interface PlatformPerson {
  readonly id: string;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly tenants: number;
  readonly platformAdmin: boolean;
  readonly suspension: Suspension | null;
}

export type Suspendable = "tenants" | "persons";

const PATH = "/account/platform";

/** What administrators of the platform may do. */
export class Administration {
  constructor(private readonly client: ApiClient) {}

  tenants(search: string, after: string, signal?: AbortSignal): Promise<Page<ListedTenant>> {
    return this.client.request("GET", `${PATH}/tenants?${queryOf(search, after)}`, { signal });
  }

  /** @param days of the history */
  tenant(id: string, days: number, signal?: AbortSignal): Promise<OnePlatformTenant> {
    return this.client.request("GET", `${PATH}/tenants/${encodeURIComponent(id)}?days=${days}`, { signal });
  }

  persons(search: string, after: string, signal?: AbortSignal): Promise<Page<PlatformPerson>> {
    return this.client.request("GET", `${PATH}/persons?${queryOf(search, after)}`, { signal });
  }

  async setPlan(tenantId: string, plan: string, state: string): Promise<void> {
    await this.client.request("PUT", `${PATH}/tenants/${tenantId}/subscription`, { body: { plan, state } });
  }

  async suspend(kind: Suspendable, id: string, reason: string): Promise<void> {
    await this.client.request("PUT", `${PATH}/${kind}/${id}/suspension`, { body: { reason } });
  }

  async resume(kind: Suspendable, id: string): Promise<void> {
    await this.client.request("DELETE", `${PATH}/${kind}/${id}/suspension`);
  }
}

function queryOf(search: string, after: string): string {
  return new URLSearchParams({ search, ...(after && { after }) }).toString();
}
