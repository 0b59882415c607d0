import type { FairQueue } from "./fair-queue";
import { isAhead, type Job, takesInstance } from "./job";
import type { Item, WorkerSlotOptions } from "./slot-options";

export interface FetchAheadOptions extends Pick<WorkerSlotOptions, "admit" | "memory" | "onPlace"> {
  readonly jobs: Map<number, Job>;
  readonly queue: FairQueue<Item>;
  readonly isLoaded: (workspaceId: string) => boolean;
  /** Called after each image: another job of the tenant may be next, also if this one continues in another slot. */
  readonly onEnd: () => void;
}

/** Loads the images of waiting jobs while code runs, so that the next job does not wait for the database. */
export class FetchAhead {
  constructor(private readonly options: FetchAheadOptions) {}

  needsImage({ job, settle }: Item): boolean {
    return takesInstance(job) && !settle && !job.image && !this.options.isLoaded(job.workspaceId);
  }

  /** Begins to load the image of one job per tenant. */
  start(): void {
    const { jobs, queue, admit } = this.options;
    const ahead = new Set([...jobs.values()].filter(isAhead).map(({ caller }) => caller.tenantId));
    for (;;) {
      const item = queue.shift((one, tenantId) => !ahead.has(tenantId) && this.needsImage(one) && admit(one.job));
      if (!item) return;
      ahead.add(item.job.caller.tenantId);
      void this.fetch(item.job);
    }
  }

  private async fetch(job: Job): Promise<void> {
    const { jobs, memory, onPlace, onEnd } = this.options;
    job.fetching = true;
    try {
      job.image = await job.caller.load();
    } catch (error) {
      if (jobs.delete(job.id)) memory.free(job.workspaceId);
      job.reject(error);
    }
    job.fetching = false;
    // The job may have ended meanwhile, or its tenant runs in other slots now.
    if (jobs.delete(job.id)) onPlace(job);
    onEnd();
  }
}
