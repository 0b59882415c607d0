import type { Job } from "./job";
import type { TenantUsage } from "./tenant-usage";
import type { SandboxThread } from "./thread";

/** Code that had its thread for this long may delay others. */
const SLICE_MS = 250;
/** It counts as long if it then uses this much processor time: on a busy machine, short code also takes long. */
const SLICE_CPU_MS = 50;

export interface TurnLimits {
  /** Milliseconds after which the code is stopped. */
  readonly hardMs: number;
  readonly onHard: () => void;
  /** Called repeatedly while the turn is long. */
  readonly onLong: () => void;
}

/** The time in which a thread belongs to one job. */
export class Turn {
  private readonly startedAt = performance.now();
  private readonly cpuAtStart: number;
  private readonly endUsage: (ms: number) => void;
  private hardTimer: NodeJS.Timeout | undefined;
  private longTimer: NodeJS.Timeout | undefined;
  /** Processor time of the thread at the end of the slice. */
  private cpuAtSlice: number | undefined;

  constructor(
    readonly job: Job,
    private readonly thread: SandboxThread,
    usage: TenantUsage,
  ) {
    this.cpuAtStart = thread.cpuMs;
    this.endUsage = usage.begin(job.caller.tenantId);
  }

  get ranMs(): number {
    return performance.now() - this.startedAt;
  }

  get isLong(): boolean {
    return this.cpuAtSlice !== undefined && this.thread.cpuMs - this.cpuAtSlice >= SLICE_CPU_MS;
  }

  /** Sets or replaces the limits, which count from the start of the turn. */
  limit({ hardMs, onHard, onLong }: TurnLimits): void {
    this.clear();
    this.hardTimer = setTimeout(onHard, hardMs - this.ranMs);
    this.longTimer = setTimeout(() => this.look(onLong), SLICE_MS);
  }

  /** @returns whether it was long, even if nobody waited */
  end(): boolean {
    this.clear();
    this.endUsage(this.thread.cpuMs - this.cpuAtStart);
    return this.isLong;
  }

  private look(onLong: () => void): void {
    this.cpuAtSlice ??= this.thread.cpuMs;
    this.longTimer = setTimeout(() => this.look(onLong), SLICE_CPU_MS);
    // A result that has already arrived is read first.
    if (this.isLong) setImmediate(onLong);
  }

  private clear(): void {
    clearTimeout(this.hardTimer);
    clearTimeout(this.longTimer);
  }
}
