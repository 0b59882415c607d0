import { type Context, context, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { defaultTextMapGetter, defaultTextMapSetter } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import pTimeout from "p-timeout";
import { errorCode, isError } from "./is-error";
import { requestContext } from "./request-context";

/** Facts about a span; never prompts, code, tokens or queries. */
export type SpanFacts = Readonly<Record<string, string | number | boolean>>;

/** Makes spans while tracing is on. */
export interface Tracer {
  /** Runs work inside a span that is a child of the present one. */
  readonly run: <T>(
    name: string,
    facts: SpanFacts,
    work: (note: (facts: SpanFacts) => void) => Promise<T>,
  ) => Promise<T>;
  /** Headers by which another service continues the present trace. */
  readonly headers: () => Readonly<Record<string, string>>;
  /** Makes a span of every request. */
  readonly observe: (app: FastifyInstance) => void;
  /** Sends the remaining spans. Never rejects. */
  readonly stop: () => Promise<void>;
}

export interface TracingEnv {
  readonly TRILOG_ENABLED: boolean;
  readonly OTEL_ENDPOINT: string;
  readonly POD_NAME: string;
  readonly SERVICE_VERSION: string;
}

/** Machines ask these paths every few seconds; their spans would hide all others. */
const SYSTEM_ROUTES: ReadonlySet<string> = new Set(["/health", "/ready", "/metrics", "/openapi.json"]);
const EXPORT_TIMEOUT_MS = 5000;
/** Remaining spans are dropped after this time: an unreachable collector must not delay the end of a pod. */
const STOP_MS = 3000;

/** Spans over OTLP/HTTP, continued between services by the headers of W3C Trace Context. */
export function createTracer(env: TracingEnv, service: string): Tracer {
  const exporter = new OTLPTraceExporter({
    url: new URL("v1/traces", env.OTEL_ENDPOINT.replace(/(?<!\/)\/*$/, "/")).href,
    timeoutMillis: EXPORT_TIMEOUT_MS,
  });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      "service.name": service,
      "service.version": env.SERVICE_VERSION,
      "service.instance.id": env.POD_NAME,
    }),
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  });
  const spans = provider.getTracer("nexus");
  const propagator = new W3CTraceContextPropagator();
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  return {
    run: (name, facts, work) =>
      inSpan(spans.startSpan(name, { attributes: facts }), (span) => work((more) => span.setAttributes(more))),
    headers: () => {
      const headers: Record<string, string> = {};
      propagator.inject(context.active(), headers, defaultTextMapSetter);
      return headers;
    },
    observe: (app) => {
      const contextOf = (request: FastifyRequest) =>
        propagator.extract(ROOT_CONTEXT, request.headers, defaultTextMapGetter);
      observeRequests(app, (name, request) => {
        const parent = contextOf(request);
        const attributes = { "http.request.method": request.method, "http.route": request.routeOptions.url ?? "" };
        return trace.setSpan(parent, spans.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent));
      });
    },
    stop: async () => {
      await pTimeout(provider.shutdown(), { milliseconds: STOP_MS }).catch(() => undefined);
      context.disable();
    },
  };
}

async function inSpan<T>(span: Span, work: (span: Span) => Promise<T>): Promise<T> {
  try {
    return await context.with(trace.setSpan(context.active(), span), () => work(span));
  } catch (error) {
    // A message may contain the caller's data; the name and the code do not.
    span.setAttribute("error.type", (isError(error) && (errorCode(error) || error.name)) || "unknown");
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}

function observeRequests(app: FastifyInstance, open: (name: string, request: FastifyRequest) => Context): void {
  const opened = new WeakMap<FastifyRequest, Context>();
  const proceed = (request: FastifyRequest, _reply: FastifyReply, done: () => void) => {
    const current = opened.get(request);
    if (current) context.with(current, done);
    else done();
  };
  app.addHook("onRequest", (request, reply, done) => {
    const route = request.routeOptions.url;
    if (route !== undefined && !SYSTEM_ROUTES.has(route))
      opened.set(request, open(`${request.method} ${route}`, request));
    proceed(request, reply, done);
  });
  // Reading the body loses the async context, so the span is entered again.
  app.addHook("preValidation", proceed);
  const close = (request: FastifyRequest, status: number) => {
    const current = opened.get(request);
    const span = current && trace.getSpan(current);
    if (!span) return;
    opened.delete(request);
    const { workspaceId } = requestContext(request);
    if (workspaceId !== null) span.setAttribute("nexus.workspace.id", workspaceId);
    span.setAttribute("http.response.status_code", status);
    if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  };
  app.addHook("onResponse", async (request, reply) => close(request, reply.statusCode));
  app.addHook("onRequestAbort", async (request) => close(request, 499));
}
