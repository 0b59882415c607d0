/** Pause before a worker that died is started again; doubled each time until one of them finishes a task. */
const FIRST_MS = 50;
const MAX_MS = 10_000;
/** After more failures in a row, jobs no longer wait for the next worker. */
const MAX_FAILURES = 3;

/** When a worker is started again. */
export class Restarts {
  private failures = 0;
  private timer: NodeJS.Timeout | undefined;

  get areHopeless(): boolean {
    return this.failures > MAX_FAILURES;
  }

  succeed(): void {
    this.failures = 0;
  }

  /** Starts at once after a stop; after a crash with a pause, because the next worker may crash too. */
  again(hasDied: boolean, start: () => void): void {
    if (hasDied) this.timer = setTimeout(start, Math.min(MAX_MS, FIRST_MS * 2 ** this.failures++));
    else start();
  }

  cancel(): void {
    clearTimeout(this.timer);
  }
}
