import { randomUUID } from "node:crypto";
import { Counter, type Registry } from "prom-client";
import { z } from "zod";
import { askBackend, type BackendAccess, backendAccess } from "./backend-request";
import type { AuthEnv } from "./env-fields";
import { ServiceError } from "./errors";
import type { Logger } from "./log";
import type { Principal } from "./principal";
import type { App } from "./zod-provider";

/** Where services report what they denied, below the URL of the backend. */
export const DENIALS_PATH = "/internal/denials";

const SEND_MS = 5000;
/** What was sent waits this long for equal ones, which make one row together. */
const REPEAT_MS = 60_000;
const ANSWER_MS = 10_000;
const LAST_ANSWER_MS = 2000;
/** Maximum number of different ones in one request, from one tenant and from all tenants. */
const MAX_BATCH = 100;
const MAX_PER_TENANT = 50;
const MAX_WAITING = 2000;
const MAX_TEXT = 300;
/** A year: longer than any pod runs. */
const MAX_AGE_MS = 365 * 86_400_000;

const count = z.int().min(1).max(Number.MAX_SAFE_INTEGER);
const text = z.string().max(MAX_TEXT);
/** Who did or asked for something, from where. */
export const whoActed = z.object({
  tenantId: z.uuid(),
  actor: z.uuid().nullable().describe("A person or an API key; null for code of a workspace"),
  address: z.string().max(64).nullable(),
  userAgent: text.nullable(),
});
const denial = whoActed.extend({
  act: text.min(1),
  target: z.record(text, text),
});
export type Denial = z.output<typeof denial>;

/** What a service denied lately. A batch that comes again changes nothing. */
export const denialBatch = z.object({
  id: z.uuid(),
  denials: z
    .array(denial.extend({ count, ageMs: z.int().min(0).max(MAX_AGE_MS).describe("Time since the first of them") }))
    .max(MAX_BATCH),
  dropped: z
    .array(z.object({ tenantId: z.uuid(), count }))
    .max(MAX_WAITING)
    .describe("Those that the service could not keep"),
});
export type DenialBatch = z.output<typeof denialBatch>;

/** Whether an error says that somebody known may not do what they asked for. */
export function isDenial(error: unknown): error is ServiceError {
  return error instanceof ServiceError && (error.code === "forbidden" || error.code === "plan_not_offered");
}

interface Waiting {
  readonly denial: Denial;
  /** 0 from when it was sent until an equal one comes. */
  count: number;
  firstAt: number;
  dueAt: number;
}

interface OfTenant {
  readonly waiting: Map<string, Waiting>;
  dropped: number;
}

interface Batch extends Pick<DenialBatch, "id" | "dropped"> {
  readonly denials: readonly (Denial & { readonly count: number; readonly firstAt: number })[];
}

export interface DenialReportOptions extends BackendAccess {
  readonly log: Logger;
  readonly registry: Registry;
  /** @default 5 s */
  readonly sendMs?: number;
  /** @default a minute */
  readonly repeatMs?: number;
}

/** Takes what a service denied. */
export type Denials = Pick<DenialReport, "add" | "close">;

/**
 * Tells the backend what this service denied, for the audit trails of the tenants. Equal denials become one with a count:
 * the first is sent within seconds, and those of the next minute after it. While the backend is away a bounded number waits.
 * What does not fit is counted, and the count is sent.
 */
export class DenialReport {
  private readonly tenants = new Map<string, OfTenant>();
  private waiting = 0;
  private batch: Batch | undefined;
  private sending: Promise<void> | undefined;
  private failing = false;
  private closing = false;
  private readonly cut = new AbortController();
  private readonly url: URL;
  private readonly timer: NodeJS.Timeout;
  private readonly lost: Counter;

  constructor(private readonly options: DenialReportOptions) {
    this.url = new URL(DENIALS_PATH, options.backendUrl);
    this.timer = setInterval(() => void this.send(), options.sendMs ?? SEND_MS).unref();
    this.lost = new Counter({
      name: "nexus_denials_dropped_total",
      help: "Denied requests that are in no audit trail, because too many waited or the backend refused them",
      registers: [options.registry],
    });
  }

  add(given: Denial): void {
    const now = performance.now();
    const { success, data } = denial.safeParse(given);
    if (!success) return this.lost.inc();
    const tenant = this.tenants.get(data.tenantId) ?? { waiting: new Map<string, Waiting>(), dropped: 0 };
    const key = JSON.stringify(data);
    const known = tenant.waiting.get(key);
    if (known) {
      if (known.count === 0) known.firstAt = now;
      known.count += 1;
      return;
    }
    if (!this.tenants.has(data.tenantId)) {
      if (this.tenants.size >= MAX_WAITING) return this.lost.inc();
      this.tenants.set(data.tenantId, tenant);
    }
    if (this.waiting >= MAX_WAITING || tenant.waiting.size >= MAX_PER_TENANT) {
      tenant.dropped += 1;
      return this.lost.inc();
    }
    tenant.waiting.set(key, { denial: data, count: 1, firstAt: now, dueAt: now });
    this.waiting += 1;
  }

  /** Sends what is left, if the backend answers soon. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    this.closing = true;
    const cut = setTimeout(() => this.cut.abort(), LAST_ANSWER_MS);
    await this.sending;
    await this.send();
    clearTimeout(cut);
    for (; this.batch; this.batch = this.next()) this.giveUp(this.batch, "the service stops");
  }

  /** Sends what is due. Never rejects. */
  async send(): Promise<void> {
    this.sending ??= this.sendAll().finally(() => (this.sending = undefined));
    await this.sending;
  }

  private async sendAll(): Promise<void> {
    const { log } = this.options;
    try {
      while ((this.batch ??= this.next())) {
        await this.post(this.batch);
        this.batch = undefined;
      }
      if (this.failing) log.info({ backend: this.url.origin }, "what was denied is in the audit trails again");
      this.failing = false;
    } catch (error) {
      if (!this.failing) log.warn({ error }, "what was denied is not in the audit trails yet");
      this.failing = true;
    }
  }

  private async post(batch: Batch): Promise<void> {
    const signal = AbortSignal.any([this.cut.signal, AbortSignal.timeout(ANSWER_MS)]);
    const now = performance.now();
    // An age, because the clocks of pods differ.
    const denials = batch.denials.map(({ firstAt, ...one }) => ({
      ...one,
      ageMs: Math.min(Math.round(now - firstAt), MAX_AGE_MS),
    }));
    const response = await askBackend(this.url, this.options, signal, { ...batch, denials } satisfies DenialBatch);
    await response.body?.cancel();
    if (response.ok) return;
    // Sending it again would not change the answer.
    if (response.status === 400 || response.status === 413) return this.giveUp(batch, `answer ${response.status}`);
    throw new Error(`${this.url.href} answers ${response.status}`);
  }

  private giveUp({ denials }: Batch, reason: string): void {
    const lost = denials.reduce((sum, { count }) => sum + count, 0);
    this.lost.inc(lost);
    this.options.log.error({ lost, reason }, "denied requests are not in the audit trails");
  }

  /** Takes what is due out of what waits; at the end that is everything. */
  private next(): Batch | undefined {
    const now = performance.now();
    const denials: (Denial & { count: number; firstAt: number })[] = [];
    const dropped: { tenantId: string; count: number }[] = [];
    for (const [tenantId, tenant] of this.tenants) {
      for (const [key, one] of tenant.waiting) {
        if (denials.length === MAX_BATCH) break;
        if (!this.closing && one.dueAt > now) continue;
        if (one.count === 0) {
          tenant.waiting.delete(key);
          this.waiting -= 1;
          continue;
        }
        denials.push({ ...one.denial, count: one.count, firstAt: one.firstAt });
        one.count = 0;
        one.dueAt = now + (this.options.repeatMs ?? REPEAT_MS);
      }
      if (tenant.dropped > 0) dropped.push({ tenantId, count: tenant.dropped });
      tenant.dropped = 0;
      if (tenant.waiting.size === 0) this.tenants.delete(tenantId);
    }
    return denials.length + dropped.length === 0 ? undefined : { id: randomUUID(), denials, dropped };
  }
}

export interface DenialSources {
  readonly env: AuthEnv;
  readonly log: Logger;
  readonly registry: Registry;
}

/** Reports to the backend; where there is none, nobody keeps audit trails. */
export function createDenials({ env, log, registry }: DenialSources): Denials {
  const backend = backendAccess(env);
  return backend
    ? new DenialReport({ ...backend, log, registry })
    : { add: () => undefined, close: async () => undefined };
}

export const actorOf = ({ tenantId, userId }: Principal, address: string, userAgent: string | undefined) => ({
  tenantId,
  actor: userId,
  address,
  userAgent: userAgent?.slice(0, MAX_TEXT) ?? null,
});

/** Reports each request that is denied to somebody known, wherever that was found. */
export function reportDenied(app: App, denials: Denials): void {
  app.addHook("onError", async ({ method, routeOptions, params, principal, ip, headers }, _reply, error) => {
    if (!isDenial(error) || !principal) return;
    denials.add({
      ...actorOf(principal, ip, headers["user-agent"]),
      act: `${method} ${routeOptions.url ?? ""}`,
      target: params as Record<string, string>,
    });
  });
}
