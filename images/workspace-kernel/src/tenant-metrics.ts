import { createHash } from "node:crypto";
import { Counter, type Registry } from "@nexus/service";

export interface TenantUse {
  readonly failed: boolean;
  readonly durationMs: number;
}

export interface TenantMetricsOptions {
  readonly registry: Registry;
  /** Maximum number of tenants with their own series; 0 for none. */
  readonly limit: number;
  /** Milliseconds on a clock that never goes back. @default performance.now */
  readonly now?: () => number;
}

/** Label of all tenants without their own series. */
const OTHER = "other";
/** How often the choice of the tenants with series is renewed. */
const REVIEW_MS = 300_000;
/** Number of tenants whose use is recorded between two reviews, per tenant that may have series. */
const CANDIDATES = 20;
const OUTCOMES = ["success", "error"] as const;

/**
 * Counts per tenant for the busiest tenants, and as `other` for the rest, so that the number of series is limited. A
 * reader of the metrics learns no tenant's id: the label is a hash of it.
 */
export class TenantMetrics {
  private readonly tracked = new Set<string>();
  private readonly recent = new Map<string, number>();
  private reviewedAt: number;
  private readonly executions: Counter<"tenant" | "outcome">;
  private readonly seconds: Counter<"tenant">;

  constructor(private readonly options: TenantMetricsOptions) {
    this.reviewedAt = this.now();
    const registers = options.limit === 0 ? [] : [options.registry];
    const collect = () => this.review();
    this.executions = new Counter({
      name: "nexus_tenant_executions_total",
      help: "Executions of the busiest tenants by outcome; tenant is a hash of the id, or other",
      labelNames: ["tenant", "outcome"],
      registers,
      collect,
    });
    this.seconds = new Counter({
      name: "nexus_tenant_execution_seconds_total",
      help: "Time that executions of the busiest tenants took; tenant is a hash of the id, or other",
      labelNames: ["tenant"],
      registers,
    });
  }

  count(tenantId: string, { failed, durationMs }: TenantUse): void {
    const { limit } = this.options;
    if (limit === 0) return;
    const uses = this.recent.get(tenantId);
    if (uses !== undefined || this.recent.size < limit * CANDIDATES) this.recent.set(tenantId, (uses ?? 0) + 1);
    if (this.tracked.size < limit) this.tracked.add(tenantId);
    const tenant = this.tracked.has(tenantId) ? tenantLabel(tenantId) : OTHER;
    this.executions.inc({ tenant, outcome: failed ? "error" : "success" });
    this.seconds.inc({ tenant }, durationMs / 1000);
  }

  /** Gives the series to the tenants that were busiest since the last review; at a tie the present ones keep them. */
  private review(): void {
    if (this.now() - this.reviewedAt < REVIEW_MS) return;
    this.reviewedAt = this.now();
    const candidates = [...new Set([...this.tracked, ...this.recent.keys()])];
    const uses = (tenantId: string) => this.recent.get(tenantId) ?? 0;
    const busiest = new Set(candidates.sort((a, b) => uses(b) - uses(a)).slice(0, this.options.limit));
    for (const tenantId of [...this.tracked]) if (!busiest.has(tenantId)) this.forget(tenantId);
    for (const tenantId of busiest) this.tracked.add(tenantId);
    this.recent.clear();
  }

  private forget(tenantId: string): void {
    const tenant = tenantLabel(tenantId);
    this.tracked.delete(tenantId);
    this.seconds.remove({ tenant });
    for (const outcome of OUTCOMES) this.executions.remove({ tenant, outcome });
  }

  private now(): number {
    return (this.options.now ?? (() => performance.now()))();
  }
}

/** The label of a tenant, the same in every pod. */
export function tenantLabel(tenantId: string): string {
  return createHash("sha256").update(tenantId).digest("hex").slice(0, 16);
}
