import { ServiceError } from "@nexus/service";
import { FairQueue } from "../sandbox/fair-queue";
import type { TenantUsage } from "../sandbox/tenant-usage";
import { whoGivesWay } from "./fair-share";
import type { Held } from "./held";

export interface PlacesOptions {
  readonly capacity: number;
  readonly usage: TenantUsage;
  /** Whether a request uses the workspace, or is about to. */
  readonly isUsed: (id: string) => boolean;
  /** Unloads an idle workspace to free its place. */
  readonly free: (id: string, held: Held) => Promise<void>;
}

/** Maximum time that a request waits if all places are in use; also the Retry-After of the refusal. */
export const WAIT_SECONDS = 10;

interface Waiting {
  readonly take: () => boolean;
}

/** The places of a pod: those of its workspaces, and those that are promised. */
export class Places {
  /** Number of places promised to workspaces that this pod does not hold yet. */
  private promised = 0;
  private readonly line: FairQueue<Waiting>;

  constructor(
    private readonly held: ReadonlyMap<string, Held>,
    private readonly options: PlacesOptions,
  ) {
    this.line = new FairQueue(options.usage);
  }

  get hasFree(): boolean {
    let taken = this.promised;
    for (const { givesWay } of this.held.values()) if (!givesWay) taken += 1;
    return taken < this.options.capacity;
  }

  /** Whether a place is free, or an idle workspace can be unloaded. */
  get canTake(): boolean {
    return this.hasFree || this.whoGivesWay() !== undefined;
  }

  /** Does work that needs a place. An idle workspace is unloaded if no place is free. */
  async use<T>(tenantId: string, work: () => Promise<T>): Promise<T> {
    const emptied = this.take() ?? (await this.wait(tenantId));
    try {
      await emptied.done;
      return await work();
    } finally {
      this.promised -= 1;
      this.look();
    }
  }

  /** To be called when a place may be available: a workspace was dropped, or became idle. */
  look(): void {
    while (this.line.shift(({ take }) => take()));
  }

  /** Promises a place. @returns settles when the place is free; undefined if none is available */
  private take(): { readonly done: Promise<void> } | undefined {
    let done = Promise.resolve();
    if (!this.hasFree) {
      const [id, held] = this.whoGivesWay() ?? [];
      if (id === undefined || !held) return undefined;
      held.givesWay = true;
      done = this.options.free(id, held);
    }
    this.promised += 1;
    return { done };
  }

  private whoGivesWay(): [string, Held] | undefined {
    return whoGivesWay(this.held, this.options.isUsed, this.options.capacity);
  }

  private wait(tenantId: string): Promise<{ readonly done: Promise<void> }> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.line.take((other) => other === waiting);
        reject(new ServiceError("kernel_full", { retryAfterSeconds: WAIT_SECONDS }));
      }, WAIT_SECONDS * 1000);
      const waiting: Waiting = {
        take: () => {
          const emptied = this.take();
          if (!emptied) return false;
          clearTimeout(timer);
          resolve(emptied);
          return true;
        },
      };
      this.line.push(tenantId, waiting);
    });
  }
}
