import { type Logger, type PlanBook, ServiceError } from "@nexus/service";
import type { StandingWatch } from "../standing/standing-watch";
import type { AiDay, AiUsageStore } from "../store/ai-usage-store";
import type { PlatformPerson, PlatformStore, PlatformTenant, Search } from "../store/platform-store";
import type { Subscription } from "../store/subscription-store";

export interface PlatformServiceOptions {
  readonly platform: PlatformStore;
  readonly aiUsage: AiUsageStore;
  readonly plans: PlanBook;
  readonly watch: StandingWatch;
  readonly log: Logger;
}

/** A tenant with what counts for it now. */
export interface OnePlatformTenant extends PlatformTenant {
  readonly planInForce: string;
  readonly plans: string[];
  readonly aiDays: AiDay[];
}

/** Days of a tenant's use that administrators see. */
const DAYS = 31;

/** What administrators of the platform do with tenants and persons. */
export class PlatformService {
  constructor(private readonly options: PlatformServiceOptions) {}

  /** Throws for everybody who is not an administrator now. */
  async requireAdmin(userId: string): Promise<void> {
    if (!(await this.options.platform.isAdmin(userId)))
      throw new ServiceError("forbidden", { detail: "This is for administrators of the platform" });
  }

  async tenants(search: Search): Promise<PlatformTenant[]> {
    return await this.options.platform.tenants(search);
  }

  async tenant(id: string): Promise<OnePlatformTenant> {
    const { platform, aiUsage, plans } = this.options;
    const found = await platform.tenant(id);
    if (!found) throw new ServiceError("tenant_not_found");
    const { plan, state, periodEnd } = found;
    const holds =
      state === "active" || state === "past_due" || (periodEnd !== null && periodEnd.getTime() > Date.now());
    const planInForce = plans.of({ plan: (holds && plan) || undefined }).name;
    return { ...found, planInForce, plans: plans.names(), aiDays: await aiUsage.history(id, DAYS) };
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
}
