/** What a plan limits, for one tenant. Null leaves the limit to the settings that hold for every tenant. */
export const planLimits = {
  workspaces: {
    min: 1,
    max: 100_000,
    text: "Maximum number of workspaces; null for `kernel.tenants.maxWorkspaces`.",
  },
  activeWorkspaces: {
    min: 1,
    max: 100_000,
    text: "Maximum number of workspaces that pods hold at the same time; null for no limit.",
  },
  executionSecondsPerDay: {
    min: 1,
    max: 100_000_000,
    unit: "s",
    text: "Maximum running time of all executions per day (UTC); null for no limit. An execution begins only while the longest one still fits in.",
  },
  storageMb: {
    min: 1,
    max: 1_000_000,
    unit: "MiB",
    text: "Maximum size of what the database keeps; null for `kernel.tenants.maxStorageMb`.",
  },
  streamMbPerDay: {
    // One execution may send a little more than 1 MiB.
    min: 2,
    max: 1_000_000_000,
    unit: "MiB",
    text: "Maximum size of the events and panel changes that executions send per day (UTC); null for no limit. An execution begins only while the most that it may send still fits in.",
  },
  members: { min: 1, max: 100_000, text: "Maximum number of members; null for no limit." },
  apiKeys: {
    min: 0,
    max: 10_000,
    text: "Maximum number of API keys; null for `graphstudio.backend.apiKeysPerTenant`.",
  },
  clusters: { min: 0, max: 1000, text: "Maximum number of clusters; null for `clusters.perTenant`." },
  aiTokensPerDay: {
    min: 1,
    max: 1_000_000_000_000,
    text: "Maximum number of prompt and answer tokens per day (UTC); null for `ai.budgetTokensPerDay`.",
  },
} as const satisfies Record<string, { min: number; max: number; unit?: string; text: string }>;

export type PlanLimit = keyof typeof planLimits;
export const planLimitNames = Object.keys(planLimits) as PlanLimit[];

export interface Plan extends Readonly<Record<PlanLimit, number | null>> {
  /** Owners of a tenant may choose it themselves. */
  readonly selfService: boolean;
}

export interface Plans {
  /** The plan of tenants whose subscription does not say another one. */
  readonly default: string;
  readonly definitions: Readonly<Record<string, Plan>>;
}

/** Names go into tokens, addresses of billing systems and commands. */
export const PLAN_NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** A plan that limits nothing: every tenant has what the settings of the services allow. */
export const UNLIMITED: Plan = {
  selfService: false,
  workspaces: null,
  activeWorkspaces: null,
  executionSecondsPerDay: null,
  storageMb: null,
  streamMbPerDay: null,
  members: null,
  apiKeys: null,
  clusters: null,
  aiTokensPerDay: null,
};

/** The plans of a stack that configures none. */
export const standardPlans: Plans = {
  default: "unlimited",
  definitions: {
    free: {
      selfService: false,
      workspaces: 3,
      activeWorkspaces: 2,
      executionSecondsPerDay: 600,
      storageMb: 100,
      streamMbPerDay: 100,
      members: 3,
      apiKeys: 2,
      clusters: 1,
      aiTokensPerDay: 20_000,
    },
    team: {
      selfService: false,
      workspaces: 100,
      activeWorkspaces: 25,
      executionSecondsPerDay: 36_000,
      storageMb: 5000,
      streamMbPerDay: 5000,
      members: 50,
      apiKeys: 50,
      clusters: 20,
      aiTokensPerDay: 1_000_000,
    },
    unlimited: UNLIMITED,
  },
};

/** The plans in a JSON text; undefined if it is something else. */
export function readPlans(text: string): Plans | undefined {
  try {
    const plans = JSON.parse(text) as Plans;
    const names = Object.keys(plans.definitions);
    const known = names.includes(plans.default) && names.every((name) => PLAN_NAME.test(name));
    return known && Object.values(plans.definitions).every(isPlan) ? plans : undefined;
  } catch {
    return undefined;
  }
}

function isPlan(plan: Plan): boolean {
  const fits = (name: PlanLimit, value: number | null) => {
    const { min, max } = planLimits[name];
    return value === null || (Number.isInteger(value) && value >= min && value <= max);
  };
  return typeof plan.selfService === "boolean" && planLimitNames.every((name) => fits(name, plan[name]));
}
