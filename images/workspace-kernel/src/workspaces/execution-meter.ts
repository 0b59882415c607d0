import { type Logger, type NamedPlan, ServiceError } from "@nexus/service";
import type { TimeAnswer } from "../store/execution-time-store";
import type { Stores } from "../store/stores";
import { TimeSettler } from "./time-settler";

export interface ExecutionMeterOptions {
  readonly times: Stores["times"];
  /** The time that one execution may take at most. */
  readonly eachMs: number;
  readonly log: Logger;
}

/** Told how long code ran, whatever becomes of its work. */
export type OnRan = (ms: number) => void;

/** Does work that runs code, and counts its time; throws before it begins when the tenant's plan leaves too little for today. */
export type Metered = <T>(work: (onRan: OnRan) => Promise<T>) => Promise<T>;

/** In UTC, as "2030-01-31". */
const today = () => new Date().toISOString().slice(0, 10);

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const DAY_MS = 86_400_000;
/** Reserved time comes back soon, because others may wait for it; what nobody limits may be counted later. */
const SETTLE_MS = { reserved: 100, unlimited: 1000 };

/**
 * Counts the running time of executions. For a plan with a limit the whole time that an execution may take is reserved
 * before it begins, so a pod that is killed leaves more counted than ran, never less. Executions of one tenant that begin
 * at once share a statement.
 */
export class ExecutionMeter {
  private readonly lines = new Map<string, Waiting[]>();
  private readonly reserved: TimeSettler;
  private readonly unlimited: TimeSettler;

  constructor(private readonly options: ExecutionMeterOptions) {
    this.reserved = new TimeSettler({ ...options, pauseMs: SETTLE_MS.reserved });
    this.unlimited = new TimeSettler({ ...options, pauseMs: SETTLE_MS.unlimited });
  }

  of(tenantId: string, { name, executionSecondsPerDay: seconds }: NamedPlan): Metered {
    const { eachMs } = this.options;
    return async (work) => {
      const day = today();
      if (seconds !== null) await this.reserve(tenantId, day, seconds * 1000, name);
      const settler = seconds === null ? this.unlimited : this.reserved;
      let used = { usedMs: 0, executions: 0 };
      try {
        return await work((ms) => {
          // What is stopped ends a little later than it may.
          used = { usedMs: Math.min(eachMs, Math.ceil(ms)), executions: 1 };
        });
      } finally {
        settler.settle({ tenantId, day, reservedMs: seconds === null ? 0 : eachMs, ...used });
      }
    };
  }

  /** Throws when a tenant's plan leaves nothing for today; reserved time may come back until work is admitted. */
  async check(tenantId: string, { name, executionSecondsPerDay: seconds }: NamedPlan): Promise<void> {
    if (seconds === null) return;
    const [last] = await this.options.times.history(tenantId, 1);
    const answer = last?.day === today() ? last : { usedMs: 0, reservedMs: 0 };
    if (this.isUsedUp(seconds * 1000, answer)) throw this.refusal(seconds * 1000, name, answer);
  }

  /** Counts what has ended. */
  async close(): Promise<void> {
    await Promise.all([this.reserved.close(), this.unlimited.close()]);
  }

  private async reserve(tenantId: string, day: string, limitMs: number, plan: string): Promise<void> {
    const key = JSON.stringify([tenantId, day, limitMs]);
    await new Promise<void>((resolve, reject) => {
      const line = this.lines.get(key);
      if (line) return void line.push({ resolve, reject });
      const first = [{ resolve, reject }];
      this.lines.set(key, first);
      void this.serve(key, first, { tenantId, day, limitMs, plan });
    });
  }

  private async serve(
    key: string,
    line: Waiting[],
    { plan, ...of }: { tenantId: string; day: string; limitMs: number; plan: string },
  ): Promise<void> {
    const { times, eachMs } = this.options;
    while (line.length > 0) {
      const batch = line.splice(0);
      try {
        const answer = await times.reserve({ ...of, count: batch.length, eachMs });
        for (const { resolve } of batch.slice(0, answer.granted)) resolve();
        for (const { reject } of batch.slice(answer.granted)) reject(this.refusal(of.limitMs, plan, answer));
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.lines.delete(key);
  }

  private isUsedUp(limitMs: number, { usedMs }: Pick<TimeAnswer, "usedMs">): boolean {
    return usedMs + this.options.eachMs > limitMs;
  }

  private refusal(limitMs: number, plan: string, answer: Omit<TimeAnswer, "granted">): ServiceError {
    const { usedMs, reservedMs } = answer;
    const { eachMs } = this.options;
    const now = Date.now();
    const midnight = (Math.floor(now / DAY_MS) + 1) * DAY_MS;
    const resetsAt = new Date(midnight).toISOString();
    const isUsedUp = this.isUsedUp(limitMs, answer);
    const [limit, usage, reserved, needed] = [limitMs, usedMs, reservedMs, eachMs].map((ms) => ms / 1000);
    const what = isUsedUp ? `wait until ${resetsAt}` : "wait for executions that run";
    const detail = `A tenant with the plan ${plan} may run code for ${limit} s a day; ${usage} s are used and ${reserved} s reserved, and one execution may take ${needed} s; ${what}, or change to a larger plan`;
    return new ServiceError("rate_limited", {
      detail,
      retryAfterSeconds: isUsedUp ? Math.ceil((midnight - now) / 1000) : 1,
      extensions: { limit, usage, reserved, plan, resetsAt },
    });
  }
}
