import { randomUUID } from "node:crypto";
import { Gauge, type Logger, PlanBook, type Principal, type Room, ServiceError } from "@nexus/service";
import type { Redis } from "ioredis";
import pTimeout from "p-timeout";
import { Budget } from "./budget";
import { AnswerCache, cacheKey, type StoredAnswer } from "./cache";
import type { AiEnv } from "./env";
import { type AiEvent, type Ending, Generation } from "./generation";
import type { AiMetrics } from "./metrics";
import { type AiRequest, listModels, resolveRequest } from "./models";
import { createProviders, type ProviderAccess } from "./providers";
import type { AiAnswer, BudgetState, ChatBody, ModelList, ProviderName } from "./schemas";
import { Slots } from "./slots";
import { estimatePrompt, noUsage } from "./tokens";
import type { UsageLedger } from "./usage-ledger";

export interface AiOptions {
  readonly env: AiEnv;
  readonly redis: Redis;
  readonly log: Logger;
  readonly metrics: AiMetrics;
  /** Keeps the tokens of each day; undefined where nobody does. */
  readonly ledger?: UsageLedger | undefined;
}

/** The user and the tenant that an answer is written for. */
export interface Caller extends Pick<Principal, "tenantId" | "userId" | "plan"> {
  /** Aborted when the caller disconnects. */
  readonly signal: AbortSignal;
}

/** Requests that may be read or answered for each answer that may be written: a request is counted before its body. */
const REQUESTS_PER_ANSWER = 2;

/** Time after the end of its answers at which the reservations of a dead pod are dropped. */
const RESERVATION_GRACE_MS = 60_000;

/** Chat over the providers whose keys are set, within the budget of each tenant. */
export class Ai {
  private readonly budget: Budget;
  private readonly plans: PlanBook;
  private readonly cache: AnswerCache;
  private readonly slots: Slots;
  private readonly requests: Slots;
  private readonly providers: Record<ProviderName, ProviderAccess>;
  private readonly running = new Set<Generation>();
  private draining = false;

  constructor(private readonly options: AiOptions) {
    const { env, redis, log, metrics, ledger } = options;
    this.plans = new PlanBook(env.PLANS);
    this.budget = new Budget({
      redis,
      ledger,
      localPercent: env.AI_BUDGET_PERCENT_WITHOUT_REDIS,
      reservationMs: env.AI_TOTAL_TIMEOUT_MS + RESERVATION_GRACE_MS,
    });
    ledger?.start((tenantId, day) => this.budget.total(tenantId, day));
    this.cache = new AnswerCache(redis, env.AI_CACHE_SECONDS);
    const slots = (this.slots = new Slots(
      "answers are being written",
      env.AI_MAX_CONCURRENT,
      env.AI_MAX_CONCURRENT_PER_TENANT,
    ));
    this.requests = new Slots(
      "requests are being read or answered",
      env.AI_MAX_CONCURRENT * REQUESTS_PER_ANSWER,
      env.AI_MAX_CONCURRENT_PER_TENANT * REQUESTS_PER_ANSWER,
    );
    this.providers = createProviders(env, log, metrics);
    new Gauge({
      name: "nexus_ai_answers_running",
      help: "Answers that are being written",
      registers: [metrics.registry],
      collect() {
        this.set(slots.taken);
      },
    });
  }

  /** Numbers for /health. */
  stats(): Record<string, number> {
    return { answersRunning: this.slots.taken, modelsAvailable: this.models().models.length };
  }

  /** The models that can be used; empty without a key. */
  models(): ModelList {
    return listModels(this.options.env);
  }

  /** Counts a request whose body is not read yet; throws `ai_busy` if there are too many. @returns what its end is told to */
  beginRequest(tenantId: string): () => void {
    return this.requests.take(tenantId);
  }

  async usage(tenant: Pick<Caller, "tenantId" | "plan">): Promise<BudgetState> {
    return await this.budget.read(tenant.tenantId, this.roomOf(tenant).limit);
  }

  private roomOf(tenant: Pick<Caller, "plan">): Room {
    return this.plans.room(tenant, "aiTokensPerDay") ?? { limit: this.options.env.AI_BUDGET_TOKENS_PER_DAY };
  }

  /**
   * Starts an answer; resolves when its first piece has arrived. The caller must read it to the end, call `return`, or
   * abort the signal. Errors are ServiceErrors; an error during reading is `stream_interrupted`.
   */
  async stream(body: ChatBody, caller: Caller): Promise<AsyncIterableIterator<AiEvent>> {
    if (this.draining) throw new ServiceError("shutting_down", { retryAfterSeconds: 1 });
    const request = resolveRequest(body, this.options.env);
    try {
      return await this.answerOrAsk(request, body, caller);
    } catch (error) {
      // A request that reached a provider has already been counted.
      const refused = error instanceof ServiceError && ["ai_busy", "budget_exhausted"].includes(error.code);
      if (refused) this.options.metrics.answers.inc({ provider: request.provider, outcome: error.code });
      throw error;
    }
  }

  /** The whole answer at once. */
  async complete(body: ChatBody, caller: Caller): Promise<AiAnswer> {
    let text = "";
    for await (const event of await this.stream(body, caller)) {
      if (event.type === "done") return { ...event.answer, text };
      text += event.text;
    }
    throw new ServiceError("request_cancelled");
  }

  /** Accepts no more requests, gives running answers `graceMs` to end, then ends them. */
  async drain(graceMs: number): Promise<void> {
    this.draining = true;
    const allEnded = () => Promise.all([...this.running].map(({ ended }) => ended));
    if (graceMs > 0) await pTimeout(allEnded(), { milliseconds: graceMs, message: false });
    for (const generation of this.running)
      generation.abort(new ServiceError("shutting_down", { retryAfterSeconds: 1 }));
    await allEnded();
  }

  private async answerOrAsk(request: AiRequest, body: ChatBody, caller: Caller) {
    const key = this.cache.admits(request, body.cache) ? cacheKey(caller.tenantId, request) : undefined;
    const hit = key === undefined ? undefined : await this.cache.get(key);
    if (key !== undefined) this.options.metrics.cache.inc({ result: hit ? "hit" : "miss" });
    if (!hit) return await this.ask(request, body, caller, key);
    this.record(request, body, caller, { outcome: "cached", usage: noUsage, durationMs: 0 });
    return fromCache(request, hit);
  }

  private async ask(request: AiRequest, body: ChatBody, caller: Caller, key: string | undefined): Promise<Generation> {
    const { env } = this.options;
    const free = this.slots.take(caller.tenantId);
    const tokens = estimatePrompt(request) + request.maxTokens;
    const reservation = await this.budget
      .reserve(caller.tenantId, tokens, this.roomOf(caller))
      .catch((error: unknown) => {
        free();
        throw error;
      });
    const generation = new Generation({
      request,
      ...this.providers[request.provider],
      bounds: {
        firstByteMs: env.AI_FIRST_BYTE_TIMEOUT_MS,
        idleMs: env.AI_IDLE_TIMEOUT_MS,
        maxBytes: env.AI_MAX_ANSWER_BYTES,
      },
      totalMs: env.AI_TOTAL_TIMEOUT_MS,
      signal: caller.signal,
      onEnd: async (ending) => {
        free();
        this.running.delete(generation);
        await this.budget.settle(reservation, ending.usage.totalTokens);
        const { text, finishReason } = ending;
        if (key !== undefined && text !== undefined && finishReason) await this.cache.put(key, { text, finishReason });
        this.record(request, body, caller, ending);
      },
    });
    this.running.add(generation);
    await generation.open();
    return generation;
  }

  /** Counts and logs an answer. It has no access to prompt or answer text. */
  private record({ provider, model }: AiRequest, { workspaceId }: ChatBody, caller: Caller, ending: Ending): void {
    const { log, metrics } = this.options;
    const { outcome, usage, firstTextMs, durationMs, reason } = ending;
    metrics.answers.inc({ provider, outcome });
    metrics.tokens.inc({ provider, direction: "input" }, usage.inputTokens);
    metrics.tokens.inc({ provider, direction: "output" }, usage.outputTokens);
    if (firstTextMs !== undefined) metrics.firstText.observe({ provider }, firstTextMs / 1000);
    const { tenantId, userId } = caller;
    const { inputTokens, outputTokens, estimated } = usage;
    const who = { tenantId, userId, workspaceId: workspaceId ?? null };
    const facts = {
      provider,
      model,
      outcome,
      inputTokens,
      outputTokens,
      estimated,
      durationMs: Math.round(durationMs),
    };
    const unwell = !["ok", "cached", "request_cancelled"].includes(outcome);
    log[unwell ? "warn" : "info"]({ ...who, ...facts, reason }, "answer");
  }
}

async function* fromCache(
  request: AiRequest,
  { text, finishReason }: StoredAnswer,
): AsyncGenerator<AiEvent, undefined> {
  if (text !== "") yield { type: "delta", text };
  const { provider, model } = request;
  const answer = { id: randomUUID(), provider, model, finishReason, cached: true, usage: noUsage };
  yield { type: "done", answer };
}
