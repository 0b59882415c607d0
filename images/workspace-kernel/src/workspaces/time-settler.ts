import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "@nexus/service";
import type { TimeUse } from "../store/execution-time-store";
import type { Stores } from "../store/stores";

export interface TimeSettlerOptions {
  readonly times: Pick<Stores["times"], "settle">;
  /** What ends within this time is counted by one statement. */
  readonly pauseMs: number;
  readonly log: Logger;
}

const RETRY_MS = 1000;

/** Counts what executions took after they ended, so that none waits for it. */
export class TimeSettler {
  private readonly unsettled = new Map<string, TimeUse>();
  private settling: Promise<void> | undefined;
  private readonly closing = new AbortController();

  constructor(private readonly options: TimeSettlerOptions) {}

  settle(use: TimeUse): void {
    const key = `${use.tenantId} ${use.day}`;
    const before = this.unsettled.get(key);
    const sum = before && {
      usedMs: use.usedMs + before.usedMs,
      reservedMs: use.reservedMs + before.reservedMs,
      executions: use.executions + before.executions,
      streamBytes: use.streamBytes + before.streamBytes,
      reservedStreamBytes: use.reservedStreamBytes + before.reservedStreamBytes,
    };
    this.unsettled.set(key, { ...use, ...sum });
    this.settling ??= this.settleAll().finally(() => (this.settling = undefined));
  }

  /** Counts executions that have ended. */
  async close(): Promise<void> {
    this.closing.abort();
    await this.settling;
  }

  private async settleAll(): Promise<void> {
    const { times, pauseMs, log } = this.options;
    let isLate = false;
    while (this.unsettled.size > 0) {
      await delay(isLate ? RETRY_MS : pauseMs, undefined, { signal: this.closing.signal }).catch(() => undefined);
      const uses = [...this.unsettled.values()];
      this.unsettled.clear();
      try {
        await times.settle(uses);
        isLate = false;
      } catch (error) {
        if (!isLate) log.warn({ error }, "running times are not counted yet, trying again");
        if (this.closing.signal.aborted) return;
        isLate = true;
        for (const use of uses) this.settle(use);
      }
    }
  }
}
