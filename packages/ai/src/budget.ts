import { randomUUID } from "node:crypto";
import { alternatives } from "@nexus/contract";
import { type Room, ServiceError } from "@nexus/service";
import type { Redis } from "ioredis";
import { z } from "zod";
import { RESERVE_SCRIPT, SETTLE_SCRIPT, STATE_SCRIPT } from "./budget-script";
import { LocalBudget } from "./local-budget";
import type { BudgetState } from "./schemas";
import type { UsageLedger } from "./usage-ledger";

export interface BudgetOptions {
  readonly redis: Redis;
  /** Share of a limit that this pod grants by itself while Redis cannot be reached. */
  readonly localPercent: number;
  /** After this time the reservation of a pod that died is dropped. */
  readonly reservationMs: number;
  /** Keeps what was used where it lasts; undefined where nobody does. */
  readonly ledger: Pick<UsageLedger, "changed" | "total"> | undefined;
  /** The time in milliseconds. @default the clock's */
  readonly now?: () => number;
}

export interface Reservation {
  readonly id: string;
  readonly tenantId: string;
  readonly day: string;
  readonly tokens: number;
  readonly shared: boolean;
}

const DAY_MS = 86_400_000;
/** Longer than a day, for answers that are settled after midnight. */
const KEEP_SECONDS = 2 * 86_400;

const reply = z.tuple([z.int(), z.int(), z.int(), z.int()]);

/**
 * The tokens that a tenant may use per day (UTC). They are reserved before a provider is asked, and the reservation is
 * replaced by the real usage, in Redis for all pods. While Redis cannot be reached each pod grants a small share, and
 * adds what was used to Redis when it is back.
 */
export class Budget {
  private readonly local = new LocalBudget();

  constructor(private readonly options: BudgetOptions) {}

  /** Throws `budget_exhausted` if the tenant has too few tokens left. @param room its tokens of a day */
  async reserve(tenantId: string, tokens: number, { limit, plan }: Room): Promise<Reservation> {
    const { reservationMs } = this.options;
    const localLimit = this.localLimit(limit);
    const { day } = this.today();
    const id = randomUUID();
    await this.options.ledger?.changed(tenantId, day);
    const reserve = (needsBase: 0 | 1) =>
      this.ask(RESERVE_SCRIPT, tenantId, day, [limit, tokens, id, reservationMs, needsBase]);
    let answer = await reserve(this.options.ledger ? 1 : 0);
    if (answer && this.isWithoutBase(answer)) {
      await this.setBase(tenantId, day);
      // While the backend is away, Redis alone counts.
      answer = await reserve(0);
    }
    if (!answer) {
      if (this.local.reserve(tenantId, day, tokens, localLimit)) return { id, tenantId, day, tokens, shared: false };
      const { used, reserved } = this.local.of(tenantId, day);
      throw this.exhausted(tokens, this.state("local", localLimit, used, reserved), plan);
    }
    const [granted, used, reserved] = answer;
    if (granted !== 1) throw this.exhausted(tokens, this.state("shared", limit, used, reserved), plan);
    return { id, tenantId, day, tokens, shared: true };
  }

  /** Replaces a reservation by the real usage. Never throws. */
  async settle({ id, tenantId, day, tokens, shared }: Reservation, used: number): Promise<void> {
    if (!shared) this.local.release(tenantId, day, tokens);
    try {
      await this.options.redis.eval(SETTLE_SCRIPT, 1, budgetKey(tenantId, day), id, used, KEEP_SECONDS);
      await this.options.ledger?.changed(tenantId, day);
    } catch {
      this.local.book(tenantId, day, used);
    }
  }

  async read(tenantId: string, limit: number): Promise<BudgetState> {
    const { day } = this.today();
    const answer = await this.stateOf(tenantId, day);
    if (answer) return this.state("shared", limit, answer[1], answer[2]);
    const { used, reserved } = this.local.of(tenantId, day);
    return this.state("local", this.localLimit(limit), used, reserved);
  }

  /** The tokens of a day; undefined while it is not known what the backend knew of it. */
  async total(tenantId: string, day: string): Promise<number | undefined> {
    const answer = await this.stateOf(tenantId, day);
    return answer && !this.isWithoutBase(answer) ? answer[1] : undefined;
  }

  private async stateOf(tenantId: string, day: string) {
    const answer = await this.ask(STATE_SCRIPT, tenantId, day, []);
    if (!answer || !this.isWithoutBase(answer) || !(await this.setBase(tenantId, day))) return answer;
    return await this.ask(STATE_SCRIPT, tenantId, day, []);
  }

  private isWithoutBase([, , , known]: z.output<typeof reply>): boolean {
    return this.options.ledger !== undefined && known === 0;
  }

  /**
   * Lets Redis count on from what the backend knows. The first pod that does so decides, so what Redis counted and
   * reported after that is not counted twice.
   */
  private async setBase(tenantId: string, day: string): Promise<boolean> {
    const { ledger, redis } = this.options;
    const total = await ledger?.total(tenantId, day);
    if (total === undefined) return false;
    await redis.set(baseKey(tenantId, day), total, "EX", KEEP_SECONDS, "NX").catch(() => undefined);
    return true;
  }

  private localLimit(limit: number): number {
    return Math.floor((limit * this.options.localPercent) / 100);
  }

  /** Runs a script that also adds what is owed; undefined while Redis cannot be reached. */
  private async ask(script: string, tenantId: string, day: string, args: readonly (string | number)[]) {
    const account = this.local.of(tenantId, day);
    const { owed } = account;
    // Taken from memory at once, so that two requests do not both add it.
    account.owed -= owed;
    try {
      const keys = [budgetKey(tenantId, day), baseKey(tenantId, day)];
      return reply.parse(await this.options.redis.eval(script, 2, ...keys, owed, KEEP_SECONDS, ...args));
    } catch {
      account.owed += owed;
      return undefined;
    }
  }

  private today(): { day: string; resetsAt: Date } {
    const now = (this.options.now ?? Date.now)();
    return {
      day: new Date(now).toISOString().slice(0, 10),
      resetsAt: new Date((Math.floor(now / DAY_MS) + 1) * DAY_MS),
    };
  }

  private state(source: BudgetState["source"], limit: number, used: number, reserved: number): BudgetState {
    return {
      limitTokens: limit,
      usedTokens: used,
      reservedTokens: reserved,
      remainingTokens: Math.max(0, limit - used - reserved),
      resetsAt: this.today().resetsAt.toISOString(),
      source,
    };
  }

  private exhausted(neededTokens: number, state: BudgetState, plan: string | undefined): ServiceError {
    const { remainingTokens, limitTokens, resetsAt, source } = state;
    const where = source === "local" ? " while the shared count cannot be reached" : "";
    const now = (this.options.now ?? Date.now)();
    const ways = [
      ...(remainingTokens > 0 ? ["ask for a shorter answer (maxTokens)"] : []),
      `wait until ${resetsAt}`,
      ...(plan === undefined ? [] : ["change to a larger plan"]),
    ];
    return new ServiceError("budget_exhausted", {
      detail: `The request may need ${neededTokens} tokens; ${remainingTokens} of ${limitTokens} are left for today${where}; ${alternatives(ways)}`,
      retryAfterSeconds: Math.max(1, Math.ceil((Date.parse(resetsAt) - now) / 1000)),
      extensions: { ...state, neededTokens, ...(plan !== undefined && { plan }) },
    });
  }
}

function baseKey(tenantId: string, day: string): string {
  return `nexus:ai:base:{${tenantId}}:${day}`;
}

function budgetKey(tenantId: string, day: string): string {
  return `nexus:ai:budget:{${tenantId}}:${day}`;
}
