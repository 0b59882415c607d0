/** Maximum number of timers that one execution may have at the same time. */
export const MAX_TIMERS = 1000;

interface Timer {
  readonly dueAt: number;
  /** Nothing waits for it alone. */
  readonly isIdle: boolean;
}

/** When the timers of one execution are due. What they call is in the sandbox. */
export class Timers {
  private readonly pending = new Map<number, Timer>();

  get isEmpty(): boolean {
    return this.pending.size === 0;
  }

  /** Whether the execution is not over before one of them. */
  get isActive(): boolean {
    return [...this.pending.values()].some(({ isIdle }) => !isIdle);
  }

  /** Milliseconds until the next one; undefined if there is none. */
  get nextMs(): number | undefined {
    if (this.isEmpty) return undefined;
    const dueAt = [...this.pending.values()].reduce((earliest, timer) => Math.min(earliest, timer.dueAt), Infinity);
    return Math.max(0, dueAt - performance.now());
  }

  /** @returns false if there are too many */
  set(timer: number, ms: number, isIdle: boolean): boolean {
    if (!Number.isFinite(ms) || this.pending.size >= MAX_TIMERS) return false;
    this.pending.set(timer, { dueAt: performance.now() + Math.max(0, ms), isIdle });
    return true;
  }

  clear(timer: number): void {
    this.pending.delete(timer);
  }

  clearAll(): void {
    this.pending.clear();
  }

  /** Takes out the timer that has been due longest, of several the one that was set first. */
  takeDue(): number | undefined {
    const now = performance.now();
    let first: readonly [timer: number, dueAt: number] | undefined;
    for (const [timer, { dueAt }] of this.pending)
      if (dueAt <= now && (first === undefined || dueAt < first[1])) first = [timer, dueAt];
    if (first) this.pending.delete(first[0]);
    return first?.[0];
  }
}
