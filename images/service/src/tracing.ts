import type { FastifyInstance } from "fastify";
import type { Logger } from "./log";

/** Facts about a span; never prompts, code, tokens or queries. */
export type SpanFacts = Readonly<Record<string, string | number | boolean>>;

/** What makes spans while tracing is on. */
export interface Tracer {
  /** Does work inside a span that belongs to the one around it. */
  readonly run: <T>(
    name: string,
    facts: SpanFacts,
    work: (note: (facts: SpanFacts) => void) => Promise<T>,
  ) => Promise<T>;
  /** Headers by which another service goes on with the present trace. */
  readonly headers: () => Readonly<Record<string, string>>;
  /** Makes a span of every request. */
  readonly observe: (app: FastifyInstance) => void;
  /** Sends what is left. Never rejects. */
  readonly stop: () => Promise<void>;
}

export interface TracingEnv {
  readonly TRILOG_ENABLED: boolean;
  readonly OTEL_ENDPOINT: string;
  readonly POD_NAME: string;
  readonly SERVICE_VERSION: string;
}

/** One for the process, as the trace of a request is. */
let tracer: Tracer | undefined;

/** Turns tracing on if the environment says so; returns what turns it off. OpenTelemetry is loaded only then. */
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

/** Does work inside a span, or just does it while tracing is off. */
export function traced<T>(
  name: string,
  facts: SpanFacts,
  work: (note: (facts: SpanFacts) => void) => Promise<T>,
): Promise<T> {
  return tracer ? tracer.run(name, facts, work) : work(noNote);
}

/** Headers for a request to another service of ours; none while tracing is off. */
export function traceHeaders(): Readonly<Record<string, string>> {
  return tracer?.headers() ?? {};
}

/** Makes spans of an application's requests. Called before its routes are added. */
export function traceRequests(app: FastifyInstance): void {
  tracer?.observe(app);
}
