import { ServiceError } from "@nexus/service";
import { FairQueue } from "../sandbox/fair-queue";
import type { TenantUsage } from "../sandbox/tenant-usage";
import { whoGivesWay } from "./fair-share";
import type { Held } from "./held";

export interface PlacesOptions {
  readonly capacity: number;
  readonly usage: TenantUsage;
  /** Whether a request for the workspace is on its way to it. */
  readonly isUsed: (id: string) => boolean;
  /** Frees the place of a workspace that gives way. */
  readonly free: (id: string, held: Held) => Promise<void>;
}

/** How long a request waits for a place where all are in use; it is told to try again after as long. */
export const WAIT_SECONDS = 10;

interface Waiting {
  readonly take: () => boolean;
}

/** The places of a pod, of those that hold one and of those that are about to. */
export class Places {
  /** Promised to workspaces that are not held yet. */
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

  /** Whether a place can be had without waiting. */
  get canTake(): boolean {
    return this.hasFree || this.whoGivesWay() !== undefined;
  }

  /** Does work that needs a place, which somebody idle gives up for it if need be. */
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

  /** Something gave up its place, or came to rest. */
  look(): void {
    while (this.line.shift(({ take }) => take()));
  }

  /** Promises a place. @returns when it is empty; undefined where none can be had now */
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
