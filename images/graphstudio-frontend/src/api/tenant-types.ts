import type { KeyScope, PlanLimit } from "@nexus/contract";

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly KeyScope[];
  readonly madeBy: string;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly lastUsedAt: string | null;
}

export interface NewApiKey {
  readonly name: string;
  readonly scopes: readonly KeyScope[];
  readonly expiresInDays: number;
}

export interface MadeApiKey {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly KeyScope[];
  /** Shown once. */
  readonly key: string;
}

/** Null leaves a limit to the settings that hold for every tenant. */
export interface Plan extends Readonly<Record<PlanLimit, number | null>> {
  readonly name: string;
}

export interface Subscription {
  readonly plan: string;
  readonly state: "trial" | "active" | "past_due" | "cancelled";
  readonly periodStart: string | null;
  readonly periodEnd: string | null;
  /** The plan that counts now. */
  readonly inForce: Plan;
  readonly members: number;
  readonly apiKeys: number;
  readonly clusters: number;
  readonly limits: { readonly members: number | null; readonly apiKeys: number; readonly clusters: number };
  /** Plans that an owner may change to. */
  readonly choices: readonly Plan[];
  /** Days on which AI tokens were used, the newest first. */
  readonly aiDays: readonly AiDay[];
}

export interface AiDay {
  /** In UTC, such as 2030-01-31. */
  readonly day: string;
  readonly tokens: number;
}

/** What the kernel counts. */
export interface KernelUsage {
  readonly limits: {
    readonly workspaces: number;
    readonly activeWorkspaces: number | null;
    readonly storageMb: number;
    readonly executionSecondsPerDay: number | null;
    readonly streamMbPerDay: number | null;
  };
  readonly workspaces: number;
  readonly activeWorkspaces: number;
  readonly storageBytes: number;
  /** Days on which code ran, the newest first. */
  readonly history: readonly UsageDay[];
}

export interface UsageDay {
  /** In UTC, such as 2030-01-31. */
  readonly day: string;
  readonly executionSeconds: number;
  readonly reservedSeconds: number;
  readonly executions: number;
  readonly streamBytes: number;
  readonly reservedStreamBytes: number;
}

export interface AiUsage {
  readonly limitTokens: number;
  readonly usedTokens: number;
  readonly reservedTokens: number;
}

export type Outcome = "done" | "denied" | "failed";

export interface AuditRow {
  readonly seq: number;
  readonly at: string;
  /** Null where somebody changed the row so that it cannot be read. */
  readonly act: string | null;
  readonly outcome: Outcome | null;
  readonly actor: string | null;
  readonly address: string | null;
  readonly userAgent: string | null;
  readonly target: Readonly<Record<string, string | number | null>>;
}

export interface AuditPage {
  readonly items: readonly AuditRow[];
  /** Addresses of people, by their ids. */
  readonly people: Readonly<Record<string, string>>;
  readonly next: number | null;
}

export interface AuditFilter {
  readonly actor?: string;
  readonly act?: string;
  readonly outcome?: Outcome;
  /** Times in ISO 8601. */
  readonly from?: string;
  readonly to?: string;
}

export interface AuditVerdict {
  readonly head: { readonly seq: number; readonly hash: string };
  readonly problem: string | null;
}
