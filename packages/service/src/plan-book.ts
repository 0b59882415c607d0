import { type Plan, type PlanLimit, type Plans, readPlans, UNLIMITED } from "@nexus/contract";
import type { Principal } from "./principal";
import type { Room } from "./room";

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

  /** What the plan of a token says about a limit; undefined where it leaves that to the settings. */
  room(token: Pick<Principal, "plan">, name: PlanLimit): Room | undefined {
    const plan = this.of(token);
    const limit = plan[name];
    return limit === null ? undefined : { limit, plan: plan.name };
  }

  /** The plans that owners may choose themselves. */
  selfService(): NamedPlan[] {
    const all = Object.entries(this.plans.definitions).map(([name, plan]) => ({ ...plan, name }));
    return all.filter((plan) => plan.selfService);
  }
}
