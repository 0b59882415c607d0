import { type Logger, type NamedPlan, ServiceError } from "@nexus/service";
import { NOTHING_TAKEN, roomOf, type TimeTaken } from "../store/execution-time-store";
import { MAX_STREAM_BYTES } from "../store/limits";
import type { Stores } from "../store/stores";
import { TimeSettler } from "./time-settler";

export interface ExecutionMeterOptions {
  readonly times: Stores["times"];
  /** Maximum time of one execution. */
  readonly eachMs: number;
  readonly log: Logger;
}

/** Receives how long code ran and how much it sent, even if its work is lost. */
export type OnRan = (ms: number, streamBytes: number) => void;

/** Does work that runs code, and counts it; throws before it begins when the tenant's plan leaves too little for today. */
export type Metered = <T>(work: (onRan: OnRan) => Promise<T>) => Promise<T>;

/** In UTC, as "2030-01-31". */
const today = () => new Date().toISOString().slice(0, 10);

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const DAY_MS = 86_400_000;
/** Reserved time is given back soon, because others may wait for it. Unlimited time may be counted later. */
const SETTLE_MS = { reserved: 100, unlimited: 1000 };

/** What a plan limits for a day; null for no limit. */
interface Limits {
  readonly limitMs: number | null;
  readonly limitStreamBytes: number | null;
}

const MIB = 1024 * 1024;
const limitsOf = ({ executionSecondsPerDay: seconds, streamMbPerDay: mib }: NamedPlan): Limits => ({
  limitMs: seconds === null ? null : seconds * 1000,
  limitStreamBytes: mib === null ? null : mib * MIB,
});
const isUnlimited = ({ limitMs, limitStreamBytes }: Limits) => limitMs === null && limitStreamBytes === null;

/**
 * Counts the running time of executions and what they send. For a plan with a limit the most that an execution may take is
 * reserved before it begins, so a pod that is killed leaves more counted than was used, never less. Executions of one tenant
 * that begin at once share a statement.
 */
export class ExecutionMeter {
  private readonly lines = new Map<string, Waiting[]>();
  private readonly reserved: TimeSettler;
  private readonly unlimited: TimeSettler;

  constructor(private readonly options: ExecutionMeterOptions) {
    this.reserved = new TimeSettler({ ...options, pauseMs: SETTLE_MS.reserved });
    this.unlimited = new TimeSettler({ ...options, pauseMs: SETTLE_MS.unlimited });
  }

  of(tenantId: string, plan: NamedPlan): Metered {
    return this.metered(tenantId, plan.name, limitsOf(plan), 1);
  }

  /** The same for work that only reads code: it takes running time, but is no execution and sends nothing. */
  ofReading(tenantId: string, plan: NamedPlan): Metered {
    return this.metered(tenantId, plan.name, { ...limitsOf(plan), limitStreamBytes: null }, 0);
  }

  private metered(tenantId: string, plan: string, limits: Limits, executions: number): Metered {
    const { eachMs } = this.options;
    const reservedMs = limits.limitMs === null ? 0 : eachMs;
    const reservedStreamBytes = limits.limitStreamBytes === null ? 0 : MAX_STREAM_BYTES;
    const settler = isUnlimited(limits) ? this.unlimited : this.reserved;
    return async (work) => {
      const day = today();
      if (!isUnlimited(limits)) await this.reserve(tenantId, day, limits, plan);
      let used = { usedMs: 0, executions: 0, streamBytes: 0 };
      try {
        return await work((ms, streamBytes) => {
          // Code that is stopped ends a little after its time limit.
          used = { usedMs: Math.min(eachMs, Math.ceil(ms)), executions, streamBytes };
        });
      } finally {
        settler.settle({ tenantId, day, reservedMs, reservedStreamBytes, ...used });
      }
    };
  }

  /** Throws when a tenant's plan leaves nothing for today; what is reserved may come back until work is admitted. */
  async check(tenantId: string, plan: NamedPlan): Promise<void> {
    const limits = limitsOf(plan);
    if (isUnlimited(limits)) return;
    const [last] = await this.options.times.history(tenantId, 1);
    const taken = last?.day === today() ? last : NOTHING_TAKEN;
    const { time, stream } = this.room(limits, { ...taken, reservedMs: 0, reservedStreamBytes: 0 });
    if (Math.min(time, stream) < 1) throw this.refusal(limits, plan.name, taken);
  }

  /** Counts executions that have ended. */
  async close(): Promise<void> {
    await Promise.all([this.reserved.close(), this.unlimited.close()]);
  }

  private async reserve(tenantId: string, day: string, limits: Limits, plan: string): Promise<void> {
    const key = JSON.stringify([tenantId, day, limits]);
    await new Promise<void>((resolve, reject) => {
      const line = this.lines.get(key);
      if (line) return void line.push({ resolve, reject });
      const first = [{ resolve, reject }];
      this.lines.set(key, first);
      void this.serve(key, first, { tenantId, day, limits, plan });
    });
  }

  private async serve(
    key: string,
    line: Waiting[],
    { plan, limits, ...of }: { tenantId: string; day: string; limits: Limits; plan: string },
  ): Promise<void> {
    const { times } = this.options;
    while (line.length > 0) {
      const batch = line.splice(0);
      try {
        const answer = await times.reserve({ ...of, ...limits, ...this.each, count: batch.length });
        for (const { resolve } of batch.slice(0, answer.granted)) resolve();
        for (const { reject } of batch.slice(answer.granted)) reject(this.refusal(limits, plan, answer));
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.lines.delete(key);
  }

  private get each() {
    return { eachMs: this.options.eachMs, eachStreamBytes: MAX_STREAM_BYTES };
  }

  private room(limits: Limits, taken: TimeTaken) {
    return roomOf({ ...limits, ...this.each }, taken);
  }

  private refusal(limits: Limits, plan: string, taken: TimeTaken): ServiceError {
    const { time, stream } = this.room(limits, taken);
    const after = this.room(limits, { ...taken, reservedMs: 0, reservedStreamBytes: 0 });
    const isStream = stream < time;
    const { usedMs, reservedMs, streamBytes, reservedStreamBytes } = taken;
    const { eachMs } = this.options;
    const now = Date.now();
    const midnight = (Math.floor(now / DAY_MS) + 1) * DAY_MS;
    const resetsAt = new Date(midnight).toISOString();
    const isUsedUp = (isStream ? after.stream : after.time) < 1;
    const what = isUsedUp ? `wait until ${resetsAt}` : "wait for executions that run";
    const numbers = isStream
      ? { limit: limits.limitStreamBytes, usage: streamBytes, reserved: reservedStreamBytes }
      : { limit: Number(limits.limitMs) / 1000, usage: usedMs / 1000, reserved: reservedMs / 1000 };
    const mib = (bytes: number) => (bytes / MIB).toFixed(1);
    const { limit, usage, reserved } = numbers;
    const about = isStream
      ? `may send ${Number(limit) / MIB} MiB of events and panel changes a day; ${mib(usage)} MiB are used and ${mib(reserved)} MiB reserved, and one execution may send ${mib(MAX_STREAM_BYTES)} MiB`
      : `may run code for ${limit} s a day; ${usage} s are used and ${reserved} s reserved, and one execution may take ${eachMs / 1000} s`;
    return new ServiceError("rate_limited", {
      detail: `A tenant with the plan ${plan} ${about}; ${what}, or change to a larger plan`,
      retryAfterSeconds: isUsedUp ? Math.ceil((midnight - now) / 1000) : 1,
      extensions: { ...numbers, plan, resetsAt },
    });
  }
}
