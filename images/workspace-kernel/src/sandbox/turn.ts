import type { Job } from "./job";
import type { TenantUsage } from "./tenant-usage";
import type { ThreadTimes } from "./cpu-time";
import type { SandboxThread } from "./thread";

/** Code that had its thread for this long may delay others. */
const SLICE_MS = 250;
/** It counts as long if it then uses this much processor time: on a busy machine, short code also takes long. */
const SLICE_CPU_MS = 50;

/** Processor time that a thread needs beyond its code, such as to load a heap and to clean up after an interruption. */
const OVERHEAD_CPU_MS = 1000;
/** A thread that does nothing at all is stopped after this many times the limit. */
const MAX_IDLE_LOOKS = 3;

export interface TurnLimits {
  /** Milliseconds that code may run. It is stopped soon after, if it has not ended by itself. */
  readonly timeoutMs: number;
  readonly onHard: () => void;
  /** Called repeatedly while the turn is long. */
  readonly onLong: () => void;
}

/** The time in which a thread belongs to one job. */
export class Turn {
  private readonly startedAt = performance.now();
  private readonly atStart: ThreadTimes;
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
    this.atStart = thread.times;
    this.endUsage = usage.begin(job.caller.tenantId);
  }

  get ranMs(): number {
    return performance.now() - this.startedAt;
  }

  get isLong(): boolean {
    return this.cpuAtSlice !== undefined && this.thread.times.cpuMs - this.cpuAtSlice >= SLICE_CPU_MS;
  }

  /** Sets or replaces the limits, which count from the start of the turn. */
  limit(limits: TurnLimits): void {
    this.clear();
    this.hardTimer = setTimeout(() => this.lookAtClock(limits, MAX_IDLE_LOOKS), limits.timeoutMs * 2 - this.ranMs);
    this.longTimer = setTimeout(() => this.lookAtCpu(limits), SLICE_MS);
  }

  /** @returns whether it was long, even if nobody waited */
  end(): boolean {
    this.clear();
    this.endUsage(this.thread.times.cpuMs - this.atStart.cpuMs);
    return this.isLong;
  }

  /** Stops what nothing interrupts, such as the compilation of many names, which takes quadratic time. */
  private lookAtCpu(limits: TurnLimits): void {
    const { cpuMs } = this.thread.times;
    this.cpuAtSlice ??= cpuMs;
    this.longTimer = setTimeout(() => this.lookAtCpu(limits), SLICE_CPU_MS);
    const isOver = cpuMs - this.atStart.cpuMs >= limits.timeoutMs + OVERHEAD_CPU_MS;
    // A result that has already arrived is read first.
    if (isOver || this.isLong) setImmediate(isOver ? limits.onHard : limits.onLong);
  }

  /** The clock also counts while the machine sleeps, or the process is stopped; neither is the code's fault. */
  private lookAtClock(limits: TurnLimits, idleLooks: number): void {
    const hardMs = limits.timeoutMs * 2;
    const leftMs = hardMs - (this.thread.times.activeMs - this.atStart.activeMs);
    if (leftMs <= 0 || idleLooks === 0) return limits.onHard();
    this.hardTimer = setTimeout(() => this.lookAtClock(limits, idleLooks - 1), leftMs);
  }

  private clear(): void {
    clearTimeout(this.hardTimer);
    clearTimeout(this.longTimer);
  }
}
