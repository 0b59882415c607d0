import { type Logger, type NamedPlan, type PlanBook, requirePermission, ServiceError } from "@nexus/service";
import { type BillingEvent, putNow, type Subscription, type SubscriptionStore } from "../store/subscription-store";
import type { AiDay, AiUsageStore } from "../store/ai-usage-store";
import type { TenantStore } from "../store/tenant-store";

export interface SubscriptionServiceOptions {
  readonly subscriptions: SubscriptionStore;
  readonly tenants: TenantStore;
  readonly aiUsage: AiUsageStore;
  readonly plans: PlanBook;
  /** How many API keys a tenant may have whose plan does not say. */
  readonly mostApiKeys: number;
  /** The same of clusters. */
  readonly mostClusters: number;
  readonly log: Logger;
}

export interface SubscriptionView extends Subscription {
  /** The plan in force, with its limits. */
  readonly inForce: NamedPlan;
  readonly members: number;
  readonly apiKeys: number;
  readonly clusters: number;
  readonly limits: { readonly members: number | null; readonly apiKeys: number; readonly clusters: number };
  /** Plans that the caller may change to. */
  readonly choices: readonly NamedPlan[];
  readonly aiDays: AiDay[];
}

/** Which plan each tenant has. */
export class SubscriptionService {
  constructor(private readonly options: SubscriptionServiceOptions) {}

  async find(tenantId: string, userId: string, days: number): Promise<SubscriptionView> {
    const caller = await this.options.tenants.find(tenantId, userId);
    if (!caller) throw new ServiceError("tenant_not_found");
    requirePermission(caller, "plan.read");
    return await this.view(tenantId, days);
  }

  /** An owner chooses another plan. */
  async choose(tenantId: string, userId: string, plan: string, days: number): Promise<SubscriptionView> {
    const { tenants, plans, log } = this.options;
    const choices = plans.selfService().map(({ name }) => name);
    await tenants.change(tenantId, userId, async (tx, caller) => {
      requirePermission(caller, "plan.change");
      if (!choices.includes(plan)) throw notAChoice(plan, choices);
      await putNow(tx, tenantId, { plan, state: "active", periodStart: null, periodEnd: null });
    });
    log.info({ userId, tenantId, plan }, "plan chosen");
    return await this.view(tenantId, days);
  }

  /** A billing system, or an operator, says what a tenant has. @returns whether that was news */
  async book(event: BillingEvent): Promise<boolean> {
    const { subscriptions, plans, log } = this.options;
    const { tenantId, id: eventId } = event;
    const { plan, state } = event.subscription;
    if (!plans.find(plan)) {
      const message = `There is no plan ${plan}`;
      throw new ServiceError("validation_failed", { detail: message, errors: [{ field: "data.plan", message }] });
    }
    const applied = await subscriptions.book(event);
    log.info({ eventId, tenantId, plan, state, applied }, "billing event");
    return applied;
  }

  private async view(tenantId: string, days: number): Promise<SubscriptionView> {
    const { subscriptions, aiUsage, plans, mostApiKeys, mostClusters } = this.options;
    const inForce = plans.of({ plan: await subscriptions.planOf(tenantId) });
    const none: Subscription = { plan: inForce.name, state: "active", periodStart: null, periodEnd: null };
    return {
      ...((await subscriptions.find(tenantId)) ?? none),
      inForce,
      members: await subscriptions.members(tenantId),
      apiKeys: await subscriptions.apiKeys(tenantId),
      clusters: await subscriptions.clusters(tenantId),
      limits: {
        members: inForce.members,
        apiKeys: inForce.apiKeys ?? mostApiKeys,
        clusters: inForce.clusters ?? mostClusters,
      },
      choices: plans.selfService(),
      aiDays: await aiUsage.history(tenantId, days),
    };
  }
}

function notAChoice(plan: string, choices: readonly string[]): ServiceError {
  const offer =
    choices.length === 0 ? "ask whoever runs the platform for another plan" : `choose one of ${choices.join(", ")}`;
  return new ServiceError("plan_not_offered", { detail: `Owners cannot change to the plan ${plan}; ${offer}` });
}
