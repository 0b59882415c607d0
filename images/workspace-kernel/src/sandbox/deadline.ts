import { ownThread, threadTimes } from "./cpu-time";

const thread = ownThread();

/** Where the system does not tell, the time of a clock. */
function activeMs(): number {
  return (thread === undefined ? undefined : threadTimes(thread)?.activeMs) ?? performance.now();
}

/** The end of a time in which this thread may work. The time in which the machine or the process was stopped does not count. */
export class Deadline {
  private readonly activeUntil: number;
  private until: number;

  constructor(ms: number) {
    this.activeUntil = activeMs() + ms;
    this.until = performance.now() + ms;
  }

  get isOver(): boolean {
    const now = performance.now();
    // The clock is asked first, because it is much cheaper.
    if (now <= this.until) return false;
    const leftMs = this.activeUntil - activeMs();
    if (leftMs > 0) this.until = now + leftMs;
    return leftMs <= 0;
  }
}
