import { setTimeout as pause } from "node:timers/promises";
import type { Account, Answer } from "./account";

/** Answers after which the same write may be tried again, with its key. */
const TRANSIENT = new Set([429, 502, 503, 504]);
const RETRY_MS = 200;
/** A write that nobody acknowledges for this long has failed for good. */
const GIVE_UP_MS = 60_000;

/**
 * Writes to one workspace without end: each write appends its number to a journal in the workspace, and its answer says
 * whether the journal is complete. A write that was not acknowledged is repeated with the same key.
 */
export class Writer {
  /** The time at which each write was acknowledged, in milliseconds; the first is number 1. */
  public readonly acknowledgedAt: number[] = [];
  /** Answers that contradict what was acknowledged before. */
  public readonly contradictions: string[] = [];
  /** Attempts that were not acknowledged, by the answer that came instead. */
  public readonly failures = new Map<string, number>();
  private stopping = false;
  private running: Promise<void> = Promise.resolve();

  public constructor(
    private readonly account: Account,
    public readonly workspace: string,
    private readonly intervalMs: number,
  ) {}

  public get acknowledged(): number {
    return this.acknowledgedAt.length;
  }

  /** The first acknowledgement at or after `time`. */
  public acknowledgedSince(time: number): number | undefined {
    return this.acknowledgedAt.find((at) => at >= time);
  }

  public async start(): Promise<void> {
    await this.account.run(this.workspace, "var journal = []");
    this.running = this.loop();
    // Set by `stop`.
    this.running.catch(() => undefined);
  }

  /** Ends after the write that is under way. */
  public async stop(): Promise<void> {
    this.stopping = true;
    await this.running;
  }

  /** Numbers in the workspace's own journal. */
  public async journal(): Promise<number[]> {
    return (await this.account.run(this.workspace, "journal")).result as number[];
  }

  private async loop(): Promise<void> {
    // Staggered, so that they do not all start at once.
    await pause(Math.random() * this.intervalMs);
    while (!this.stopping) {
      await this.write(this.acknowledged + 1);
      await pause(this.intervalMs);
    }
  }

  private async write(number: number): Promise<void> {
    const code = `journal.push(${number}); journal.every((one, at) => one === at + 1) ? journal.length : journal.join()`;
    const giveUpAt = Date.now() + GIVE_UP_MS;
    for (;;) {
      const answer = await this.attempt(code, `write-${number}`);
      if (answer) {
        this.acknowledgedAt.push(Date.now());
        const { result, restarted, rolledBack, error } = answer;
        if (result !== number || restarted || rolledBack || error)
          this.contradictions.push(`write ${number} of ${this.workspace}: ${JSON.stringify(answer)}`);
        return;
      }
      if (Date.now() > giveUpAt)
        throw new Error(`write ${number} of ${this.workspace} failed: ${JSON.stringify([...this.failures])}`);
      await pause(RETRY_MS);
    }
  }

  private async attempt(code: string, key: string): Promise<Answer["body"] | undefined> {
    try {
      const { status, body } = await this.account.call("POST", `/${this.workspace}/execute`, { code }, key);
      if (status === 200) return body;
      if (!TRANSIENT.has(status)) throw new UnexpectedAnswer(`${key}: ${status} ${JSON.stringify(body)}`);
      this.failed(`${status} ${String(body.code)}`);
    } catch (error) {
      if (error instanceof UnexpectedAnswer) throw error;
      this.failed(error instanceof Error ? error.message : String(error));
    }
    return undefined;
  }

  private failed(why: string): void {
    this.failures.set(why, (this.failures.get(why) ?? 0) + 1);
  }
}

class UnexpectedAnswer extends Error {}

/** Failures of all writers together. */
export function failuresOf(writers: readonly Writer[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const { failures } of writers) for (const [why, count] of failures) sum[why] = (sum[why] ?? 0) + count;
  return sum;
}
