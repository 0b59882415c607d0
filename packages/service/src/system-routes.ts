import pTimeout from "p-timeout";
import type { Registry } from "prom-client";
import { z } from "zod";
import { ServiceError } from "./errors";
import { describeError, type Logger } from "./log";
import type { App } from "./zod-provider";

/** Resolves if the dependency can be used, throws if not. */
export type ReadinessCheck = () => Promise<void>;

export type HealthStats = Readonly<Record<string, number>>;

export interface SystemRoutesOptions {
  readonly service: string;
  readonly version: string;
  readonly log: Logger;
  readonly registry: Registry;
  readonly readiness: Readonly<Record<string, ReadinessCheck>>;
  readonly stats?: () => HealthStats;
  /** How the service runs, for /health, such as `auth: "none"`. */
  readonly modes?: Readonly<Record<string, string>>;
}

const health = z
  .object({
    status: z.literal("ok"),
    service: z.string(),
    version: z.string(),
    uptimeSeconds: z.number(),
    runtime: z.record(z.string(), z.union([z.number(), z.string()])),
  })
  .catchall(z.unknown());

const ready = z.object({ status: z.literal("ready"), checks: z.record(z.string(), z.literal("ok")) });

/** Measuring the memory of a process takes longer than everything else in /health. */
const MEMORY_FRESH_MS = 1000;

/** Memory of this process, measured at most a second ago. */
function createMemoryReader(): () => { readonly rssBytes: number; readonly heapUsedBytes: number } {
  let readAt = Number.NEGATIVE_INFINITY;
  let latest = { rssBytes: 0, heapUsedBytes: 0 };
  return () => {
    const now = performance.now();
    if (now - readAt > MEMORY_FRESH_MS) {
      const { rss, heapUsed } = process.memoryUsage();
      [readAt, latest] = [now, { rssBytes: rss, heapUsedBytes: heapUsed }];
    }
    return latest;
  };
}

/** A probe gives up after some seconds, so a later answer is useless. */
const CHECK_TIMEOUT_MS = 3000;

async function withTimeout(check: ReadinessCheck): Promise<void> {
  await pTimeout(check(), { milliseconds: CHECK_TIMEOUT_MS, message: `no answer within ${CHECK_TIMEOUT_MS} ms` });
}

/** Liveness, readiness, metrics and the OpenAPI document: the same in every service. */
export function registerSystemRoutes(app: App, options: SystemRoutesOptions): void {
  const memory = createMemoryReader();
  const { modes, service, version } = options;
  const constant = { ...modes, status: "ok" as const, service, version };
  app.get("/health", { schema: { response: { 200: health } } }, async () => {
    return {
      uptimeSeconds: Math.round(process.uptime() * 10) / 10,
      runtime: { node: process.version, ...memory(), ...options.stats?.() },
      // Last, because V8 adds members after a spread one at a time; the schema sets their order.
      ...constant,
    };
  });

  app.get("/ready", { schema: { hide: true, response: { 200: ready } } }, async () => {
    const names = Object.keys(options.readiness);
    const results = await Promise.allSettled(Object.values(options.readiness).map(withTimeout));
    const failed = results.flatMap((result, index) =>
      result.status === "rejected" ? [{ field: names[index] ?? "", message: errorText(result.reason) }] : [],
    );
    if (failed.length > 0) {
      const detail = failed.map(({ field, message }) => `${field}: ${message}`).join("; ");
      throw new ServiceError("not_ready", { detail, errors: failed });
    }
    return { status: "ready" as const, checks: Object.fromEntries(names.map((name) => [name, "ok" as const])) };
  });

  app.get("/metrics", { schema: { hide: true } }, async (_request, reply) => {
    const body = await options.registry.metrics();
    return reply.type(options.registry.contentType).send(body);
  });

  app.get("/openapi.json", { schema: { hide: true } }, async () => app.swagger());
}

function errorText(error: unknown): string {
  return String(describeError(error).message);
}
