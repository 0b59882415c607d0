import { ServiceError } from "@nexus/service";
import { FairQueue } from "../sandbox/fair-queue";
import type { TenantUsage } from "../sandbox/tenant-usage";
import { MAX_WAITING } from "./held";
import { WAIT_SECONDS } from "./places";

/** A tenant may use at most this many workspaces for each place that is not in use. */
const SHARE_OF_FREE = 2;
/** A tenant that is not known may use at most this many workspaces, until the first of them shows how long its code runs. */
const MOST_OF_UNKNOWN = 4;
/** A tenant that used more running time recently, in milliseconds, leaves one place in so many to the others. */
const LONG_MS = 1000;
const LEFT_TO_OTHERS = 5;
/** Maximum number of requests for one workspace: one runs, the others wait. */
const MAX_REQUESTS = MAX_WAITING + 1;

/** A workspace with requests. */
interface Visit {
  readonly id: string;
  readonly tenantId: string;
  requests: number;
  isIn: boolean;
  readonly entered: Promise<void>;
  enter: () => void;
}

/**
 * Decides which requests may use a workspace of this pod. The fewer places are free, the fewer workspaces one tenant may
 * use, so that some places stay free for the next tenant; and tenants whose code runs long never use all of them. A
 * waiting request takes no place.
 */
export class Gate {
  private readonly visits = new Map<string, Visit>();
  /** Number of workspaces in use, by tenant. */
  private readonly working = new Map<string, number>();
  private readonly line: FairQueue<Visit>;
  private total = 0;

  constructor(
    private readonly places: number,
    private readonly usage: TenantUsage,
  ) {
    this.line = new FairQueue(usage);
    usage.onKnown = () => this.letIn();
  }

  /** Whether an admitted request uses the workspace. */
  isIn(id: string): boolean {
    return this.visits.get(id)?.isIn ?? false;
  }

  /** Whether a request for the workspace would wait. */
  mustWait(id: string, tenantId: string): boolean {
    const visit = this.visits.get(id);
    return visit ? !visit.isIn : !this.mayWork(tenantId);
  }

  /** Waits until the request is admitted, at most {@link WAIT_SECONDS}. @returns to be called when the request is done */
  async enter(id: string, tenantId: string): Promise<() => void> {
    const visit = this.visits.get(id) ?? this.arrive(id, tenantId);
    if (visit.requests >= MAX_REQUESTS) throw new ServiceError("workspace_busy", { retryAfterSeconds: 1 });
    visit.requests += 1;
    if (!visit.isIn) await this.wait(visit);
    return () => this.leave(visit);
  }

  private async wait(visit: Visit): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const full = new Promise<never>((_resolve, reject) => {
      const error = new ServiceError("kernel_full", { retryAfterSeconds: WAIT_SECONDS });
      timer = setTimeout(reject, WAIT_SECONDS * 1000, error);
    });
    try {
      await Promise.race([visit.entered, full]);
    } catch (error) {
      this.leave(visit);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  private arrive(id: string, tenantId: string): Visit {
    let enter: () => void = () => undefined;
    const entered = new Promise<void>((resolve) => (enter = resolve));
    const visit: Visit = { id, tenantId, requests: 0, isIn: false, entered, enter };
    this.visits.set(id, visit);
    this.line.push(tenantId, visit);
    this.letIn();
    return visit;
  }

  private leave(visit: Visit): void {
    visit.requests -= 1;
    if (visit.requests > 0) return;
    this.visits.delete(visit.id);
    if (visit.isIn) this.count(visit.tenantId, -1);
    else this.line.take((other) => other === visit);
    this.letIn();
  }

  private letIn(): void {
    for (;;) {
      const visit = this.line.shift((_first, tenantId) => this.mayWork(tenantId));
      if (!visit) return;
      visit.isIn = true;
      this.count(visit.tenantId, 1);
      visit.enter();
    }
  }

  private mayWork(tenantId: string): boolean {
    const working = this.working.get(tenantId) ?? 0;
    if (working >= MOST_OF_UNKNOWN && !this.usage.knows(tenantId)) return false;
    // Long code keeps its places for seconds. Many such tenants would otherwise have all of them, each a few.
    const left = this.usage.of(tenantId) > LONG_MS ? Math.floor(this.places / LEFT_TO_OTHERS) : 0;
    return working < (this.places - this.total - left) * SHARE_OF_FREE;
  }

  private count(tenantId: string, change: 1 | -1): void {
    const working = (this.working.get(tenantId) ?? 0) + change;
    if (working > 0) this.working.set(tenantId, working);
    else this.working.delete(tenantId);
    this.total += change;
  }
}
