import type { FastifyInstance } from "fastify";
import type { Logger } from "./log";
import type { SpanFacts, Tracer, TracingEnv } from "./otel";

/** One per process, like the context that holds the trace of a request. */
let tracer: Tracer | undefined;

/**
 * Turns tracing on if the environment says so; returns the function that turns it off. OpenTelemetry is loaded only
 * then.
 */
export async function startTracing(env: TracingEnv, service: string, log: Logger): Promise<() => Promise<void>> {
  if (!env.TRILOG_ENABLED) return async () => undefined;
  const { createTracer } = await import("./otel");
  const started = createTracer(env, service);
  tracer = started;
  log.info({ endpoint: env.OTEL_ENDPOINT }, "traces are sent");
  return async () => {
    if (tracer === started) tracer = undefined;
    await started.stop();
  };
}

const noNote = () => undefined;

/** Runs work inside a span, or without one while tracing is off. */
export function traced<T>(
  name: string,
  facts: SpanFacts,
  work: (note: (facts: SpanFacts) => void) => Promise<T>,
): Promise<T> {
  return tracer ? tracer.run(name, facts, work) : work(noNote);
}

/** Headers for a request to another of our services; empty while tracing is off. */
export function traceHeaders(): Readonly<Record<string, string>> {
  return tracer?.headers() ?? {};
}

/** Makes spans of an application's requests. Called before its routes are added. */
export function traceRequests(app: FastifyInstance): void {
  tracer?.observe(app);
}
