import { type Plan, type Plans, readPlans, UNLIMITED } from "@nexus/contract";
import type { Principal } from "./principal";

/** A plan with its name. */
export interface NamedPlan extends Plan {
  readonly name: string;
}

const NO_PLANS: Plans = { default: "unlimited", definitions: { unlimited: UNLIMITED } };

/** The plans that the environment names. */
export class PlanBook {
  private readonly plans: Plans;

  /** @param text the variable PLANS */
  constructor(text: string | undefined) {
    this.plans = (text === undefined ? undefined : readPlans(text)) ?? NO_PLANS;
  }

  get default(): string {
    return this.plans.default;
  }

  find(name: string): NamedPlan | undefined {
    if (!Object.hasOwn(this.plans.definitions, name)) return undefined;
    const plan = this.plans.definitions[name];
    return plan && { ...plan, name };
  }

  names(): string[] {
    return Object.keys(this.plans.definitions);
  }

  /** The plan of a token. A plan that is not configured any more counts as the default one. */
  of({ plan }: Pick<Principal, "plan">): NamedPlan {
    const known = plan === undefined ? undefined : this.find(plan);
    return known ?? { ...(this.plans.definitions[this.default] ?? UNLIMITED), name: this.default };
  }

  /** The plans that owners may choose themselves. */
  selfService(): NamedPlan[] {
    const all = Object.entries(this.plans.definitions).map(([name, plan]) => ({ ...plan, name }));
    return all.filter((plan) => plan.selfService);
  }
}
