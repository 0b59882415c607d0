/** Pause before a worker that died is started again; doubled each time until one of them finishes a task. */
const FIRST_MS = 50;
const MAX_MS = 10_000;
/** Workers that may die one after the other before nobody waits for the next one. */
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

  /** One that was stopped did its work until then; one that dies on its own may do so again at once. */
  again(hasDied: boolean, start: () => void): void {
    if (hasDied) this.timer = setTimeout(start, Math.min(MAX_MS, FIRST_MS * 2 ** this.failures++));
    else start();
  }

  cancel(): void {
    clearTimeout(this.timer);
  }
}
