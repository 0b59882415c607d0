import { type Logger, Standing } from "@nexus/service";
import type { StandingStore } from "../store/standing-store";

const LOOK_MS = 500;

/** Knows who may not work now, also when another pod changes it, and tells the other services at once. */
export class StandingWatch {
  readonly standing = new Standing();
  private timer: NodeJS.Timeout | undefined;
  private closed = false;
  private failing = false;
  private looking: Promise<void> | undefined;
  private readonly waiting = new Set<() => void>();

  constructor(
    private readonly store: StandingStore,
    private readonly log: Logger,
  ) {}

  start(): void {
    void this.again();
  }

  /** Reads the list now, after a change by this pod. */
  async refresh(): Promise<void> {
    // A query that is already running may have missed the change.
    await this.looking?.catch(() => undefined);
    await this.look();
  }

  /** Resolves at the next change of the list, after a time, or when the asker leaves. */
  async changed(waitMs: number, gone: AbortSignal): Promise<void> {
    if (this.closed || gone.aborted) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        forget();
        gone.removeEventListener("abort", done);
        this.waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, waitMs);
      const forget = this.standing.onChange(done);
      gone.addEventListener("abort", done);
      this.waiting.add(done);
    });
  }

  /** Ends all waits. */
  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    for (const waiter of [...this.waiting]) waiter();
  }

  private look(): Promise<void> {
    this.looking ??= this.store
      .list()
      .then((list) => this.standing.set(list))
      .finally(() => (this.looking = undefined));
    return this.looking;
  }

  private async again(): Promise<void> {
    try {
      await this.look();
      this.failing = false;
    } catch (error) {
      if (!this.failing) this.log.warn({ error }, "the database does not say who is suspended");
      this.failing = true;
    }
    if (!this.closed) this.timer = setTimeout(() => void this.again(), LOOK_MS).unref();
  }
}
