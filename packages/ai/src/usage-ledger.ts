import {
  AI_USAGE_PATH,
  type AiUsageReport,
  aiUsageReport,
  askBackend,
  type BackendAccess,
  type Logger,
  MOST_AI_DAYS,
} from "@nexus/service";
import type { Redis } from "ioredis";

/** Tenants and days whose tokens the backend does not know yet, by the time of their last change; for all pods. */
const CHANGED = "nexus:ai:changed";
const REPORT_MS = 2000;
const ANSWER_MS = 5000;
/** How long a request waits for what the backend knows. */
const TOTAL_MS = 1500;
/** How long the backend is not asked again after it did not answer. */
const AWAY_MS = 5000;

/** Forgets a change, unless there was another one since. */
const FORGET_SCRIPT = `
if redis.call("ZSCORE", KEYS[1], ARGV[1]) == ARGV[2] then redis.call("ZREM", KEYS[1], ARGV[1]) end
return 1
`;

export interface UsageLedgerOptions extends BackendAccess {
  readonly redis: Redis;
  readonly log: Logger;
}

/** Tokens that are counted for a tenant and day; undefined while that is not known. */
export type TotalOf = (tenantId: string, day: string) => Promise<number | undefined>;

/**
 * Keeps the tokens of each tenant and day where they last, in the backend's database. Redis counts; its totals are
 * reported, so a report that comes twice or late changes nothing, and any pod reports what a killed one counted. A Redis
 * that lost its memory goes on from what the backend knows.
 */
export class UsageLedger {
  private readonly url: URL;
  private timer: NodeJS.Timeout | undefined;
  private awayUntil = 0;
  private failing = false;
  private reporting = false;

  constructor(private readonly options: UsageLedgerOptions) {
    this.url = new URL(AI_USAGE_PATH, options.backendUrl);
  }

  /** Reports from now on. */
  start(totalOf: TotalOf): void {
    this.timer = setInterval(() => void this.report(totalOf), REPORT_MS).unref();
  }

  close(): void {
    clearInterval(this.timer);
  }

  /** Notes that tokens were, or will be, counted. Never throws: without Redis nothing is counted there either. */
  async changed(tenantId: string, day: string): Promise<void> {
    await this.options.redis.zadd(CHANGED, Date.now(), `${tenantId} ${day}`).catch(() => undefined);
  }

  /** What the backend knows; undefined while it does not answer. */
  async total(tenantId: string, day: string): Promise<number | undefined> {
    if (performance.now() < this.awayUntil) return undefined;
    try {
      const { days } = await this.post([{ tenantId, day, tokens: 0 }], TOTAL_MS);
      // It does not know the tenants of another issuer.
      return days[0]?.tokens ?? 0;
    } catch (error) {
      this.awayUntil = performance.now() + AWAY_MS;
      this.failed(error);
      return undefined;
    }
  }

  private async report(totalOf: TotalOf): Promise<void> {
    if (this.reporting) return;
    this.reporting = true;
    try {
      await this.reportChanged(totalOf);
      this.failing = false;
    } catch (error) {
      this.failed(error);
    } finally {
      this.reporting = false;
    }
  }

  private async reportChanged(totalOf: TotalOf): Promise<void> {
    const { redis } = this.options;
    const found = await redis.zrange(CHANGED, 0, MOST_AI_DAYS - 1, "WITHSCORES").catch(() => []);
    const [days, told]: [AiUsageReport["days"], [string, string][]] = [[], []];
    for (let index = 0; index < found.length; index += 2) {
      const [member = "", score = ""] = found.slice(index);
      const [tenantId = "", day = ""] = member.split(" ");
      const tokens = await totalOf(tenantId, day);
      if (tokens === undefined) continue;
      days.push({ tenantId, day, tokens });
      told.push([member, score]);
    }
    if (days.length === 0) return;
    await this.post(days, ANSWER_MS);
    for (const [member, score] of told) await redis.eval(FORGET_SCRIPT, 1, CHANGED, member, score);
  }

  private async post(days: AiUsageReport["days"], timeoutMs: number): Promise<AiUsageReport> {
    const response = await askBackend(this.url, this.options, AbortSignal.timeout(timeoutMs), { days });
    if (response.ok) return aiUsageReport.parse(await response.json());
    await response.body?.cancel();
    throw new Error(`${this.url.href} answers ${response.status}`);
  }

  private failed(error: unknown): void {
    if (!this.failing) this.options.log.warn({ error }, "AI tokens are not in the usage of tenants yet");
    this.failing = true;
  }
}
