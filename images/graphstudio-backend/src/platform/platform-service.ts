import { type Logger, type NamedPlan, type PlanBook, ServiceError } from "@nexus/service";
import type { StandingWatch } from "../standing/standing-watch";
import type { AiDay, AiUsageStore } from "../store/ai-usage-store";
import type { KernelUsageStore, KernelUse, UsageDay } from "../store/kernel-usage-store";
import type { PlatformPerson, PlatformStore, PlatformTenant, Search } from "../store/platform-store";
import type { Subscription } from "../store/subscription-store";

export interface PlatformServiceOptions {
  readonly platform: PlatformStore;
  readonly aiUsage: AiUsageStore;
  readonly kernelUsage: KernelUsageStore;
  readonly plans: PlanBook;
  /** What the kernel holds a tenant to whose plan does not say. */
  readonly kernelLimits: { readonly workspaces: number; readonly storageMb: number };
  readonly watch: StandingWatch;
  readonly log: Logger;
}

/** A tenant with what it uses of the kernel; null where no kernel says it. */
export interface UsingTenant extends PlatformTenant {
  readonly usage: KernelUse | null;
}

/** A tenant with what counts for it now. */
export interface OnePlatformTenant extends PlatformTenant {
  readonly planInForce: string;
  readonly plans: string[];
  readonly aiDays: AiDay[];
  readonly usage: TenantUsage | null;
}

/** What a tenant uses of the kernel, as its own page shows it. */
export interface TenantUsage extends Pick<KernelUse, "workspaces" | "activeWorkspaces" | "storageBytes"> {
  readonly limits: KernelLimits;
  readonly history: UsageDay[];
}

/** Null for no limit. */
interface KernelLimits {
  readonly workspaces: number;
  readonly activeWorkspaces: number | null;
  readonly storageMb: number;
  readonly executionSecondsPerDay: number | null;
  readonly streamMbPerDay: number | null;
}

/** What administrators of the platform do with tenants and persons. */
export class PlatformService {
  constructor(private readonly options: PlatformServiceOptions) {}

  /** Throws for everybody who is not an administrator now. */
  async requireAdmin(userId: string): Promise<void> {
    if (!(await this.options.platform.isAdmin(userId)))
      throw new ServiceError("forbidden", { detail: "This is for administrators of the platform" });
  }

  async tenants(search: Search): Promise<UsingTenant[]> {
    const { platform, kernelUsage } = this.options;
    const found = await platform.tenants(search);
    const uses = await kernelUsage.of(found.map(({ id }) => id));
    return found.map((tenant) => ({ ...tenant, usage: uses?.get(tenant.id) ?? null }));
  }

  /** @param days of the history */
  async tenant(id: string, days: number): Promise<OnePlatformTenant> {
    const { platform, aiUsage, plans } = this.options;
    const found = await platform.tenant(id);
    if (!found) throw new ServiceError("tenant_not_found");
    const { plan, state, periodEnd } = found;
    const holds =
      state === "active" || state === "past_due" || (periodEnd !== null && periodEnd.getTime() > Date.now());
    const inForce = plans.of({ plan: (holds && plan) || undefined });
    return {
      ...found,
      planInForce: inForce.name,
      plans: plans.names(),
      aiDays: await aiUsage.history(id, days),
      usage: await this.usage(id, inForce, days),
    };
  }

  async persons(search: Search): Promise<PlatformPerson[]> {
    return await this.options.platform.persons(search);
  }

  async setSubscription(tenantId: string, by: string, subscription: Subscription): Promise<void> {
    const { platform, plans, log } = this.options;
    const { plan, state } = subscription;
    if (!plans.find(plan)) {
      const message = `There is no plan ${plan}; choose one of ${plans.names().join(", ")}`;
      throw new ServiceError("validation_failed", { detail: message, errors: [{ field: "plan", message }] });
    }
    await platform.setSubscription(tenantId, subscription);
    log.info({ userId: by, tenantId, plan, state }, "plan set by an administrator");
  }

  async suspendTenant(tenantId: string, by: string, reason: string | null): Promise<void> {
    const { platform, watch, log } = this.options;
    await platform.suspendTenant(tenantId, reason);
    log.info({ userId: by, tenantId }, reason === null ? "tenant resumed" : "tenant suspended");
    await watch.refresh();
  }

  async suspendPerson(userId: string, by: string, reason: string | null): Promise<void> {
    const { platform, watch, log } = this.options;
    if (userId === by) {
      const message = "You cannot suspend yourself; another administrator can";
      throw new ServiceError("validation_failed", { detail: message, errors: [{ field: "userId", message }] });
    }
    await platform.suspendPerson(userId, reason);
    log.info({ userId: by, personId: userId }, reason === null ? "person resumed" : "person suspended");
    await watch.refresh();
  }

  private async usage(tenantId: string, plan: NamedPlan, days: number): Promise<TenantUsage | null> {
    const { kernelUsage, kernelLimits } = this.options;
    const use = (await kernelUsage.of([tenantId]))?.get(tenantId);
    if (!use) return null;
    const { workspaces, activeWorkspaces, storageBytes } = use;
    const limits = {
      workspaces: plan.workspaces ?? kernelLimits.workspaces,
      activeWorkspaces: plan.activeWorkspaces,
      storageMb: plan.storageMb ?? kernelLimits.storageMb,
      executionSecondsPerDay: plan.executionSecondsPerDay,
      streamMbPerDay: plan.streamMbPerDay,
    };
    return {
      limits,
      workspaces,
      activeWorkspaces,
      storageBytes,
      history: await kernelUsage.history(tenantId, days),
    };
  }
}
