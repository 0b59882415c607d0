import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { jsonRefusal } from "@nexus/contract";
import swagger from "@fastify/swagger";
import Fastify, { type FastifyBaseLogger, LogController } from "fastify";
import type { Registry } from "prom-client";
import { ServiceError } from "./errors";
import type { Logger } from "./log";
import { registerHttpMetrics } from "./metrics";
import { describeRoute } from "./openapi";
import { answerFrameworkError, registerProblemHandler } from "./problem-handler";
import { requestContext } from "./request-context";
import { type HealthStats, type ReadinessCheck, registerSystemRoutes } from "./system-routes";
import { type App, serializerCompiler, validatorCompiler, type ZodProvider } from "./zod-provider";
import { traceRequests } from "./tracing";
import { Unread, watchAnswers } from "./unread";

export interface AppOptions {
  readonly service: string;
  readonly version: string;
  readonly log: Logger;
  readonly registry: Registry;
  /** The checks of /ready, by name. */
  readonly readiness: Readonly<Record<string, ReadinessCheck>>;
  /** Numbers of the service for /health. */
  readonly stats?: () => HealthStats;
  /** The mode of the service, for /health, such as `auth: "none"`. */
  readonly modes?: Readonly<Record<string, string>>;
  /** @default 1 MiB */
  readonly bodyLimitBytes?: number;
  /**
   * Milliseconds in which a request must have arrived, including its body.
   * @default 30 s
   */
  readonly requestTimeoutMs?: number;
  /**
   * Number of reverse proxies in front whose X-Forwarded-For is trusted.
   * @default 0
   */
  readonly trustedProxies?: number;
  /**
   * Limits what clients leave unread.
   * @default 32 MiB for all of them
   */
  readonly unread?: Unread;
}

const REQUEST_TIMEOUT_MS = 30_000;
const MAX_UNREAD_BYTES = 32 * 1024 * 1024;

/** How often a stopping server looks for connections that have become idle. */
const IDLE_CHECK_MS = 50;
/** How long a stopping server waits for the first request of a connection. */
const FIRST_REQUEST_MS = 500;

/**
 * A Fastify application with everything that all services share. The caller adds the routes; it does not listen yet.
 */
export async function createApp(options: AppOptions): Promise<App> {
  const { log, registry, requestTimeoutMs = REQUEST_TIMEOUT_MS } = options;
  const app: App = Fastify({
    // Fastify's own log lines do not have the format of B28, so only its warnings are logged; requests are logged
    // below.
    loggerInstance: log.child({}, { level: "warn" }) as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    requestTimeout: requestTimeoutMs,
    // Node.js checks for slow requests only this often, and mixes the two limits up if headers may take longer than the
    // whole request.
    http: { headersTimeout: requestTimeoutMs / 3, connectionsCheckingInterval: requestTimeoutMs / 6 },
    bodyLimit: options.bodyLimitBytes ?? 1024 * 1024,
    trustProxy: (_address, hop) => hop < (options.trustedProxies ?? 0),
    forceCloseConnections: "idle",
    return503OnClosing: false,
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: answerFrameworkError,
  }).withTypeProvider<ZodProvider>();
  // Members may have any name, such as __proto__, so nothing merges the content of a request into our objects.
  const parseJson = app.getDefaultJsonParser("ignore", "ignore");
  // Fastify reads text/plain by default, which no route accepts.
  app.removeAllContentTypeParsers();
  // Many clients send the content type with every request, even without a body, such as DELETE.
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    if (body.length === 0) return done(null, undefined);
    const text = body.toString();
    const detail = jsonRefusal(text);
    if (detail !== undefined) done(new ServiceError("validation_failed", { detail }));
    else void parseJson(request, text, done);
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.decorateRequest("principal", null);
  registerProblemHandler(app, log);
  registerHttpMetrics(app, registry);
  watchAnswers(app, options.unread ?? new Unread({ maxBytes: MAX_UNREAD_BYTES, registry, log }));
  traceRequests(app);
  app.addHook("onRoute", ({ method, url, schema }) => {
    if (schema?.security && schema.permission === undefined)
      throw new Error(
        `${String(method)} ${url} does not say which permission it needs; set \`permission\` in its schema`,
      );
  });
  app.addHook("onResponse", (request, reply, done) => {
    const { path: url, workspaceId, userId } = requestContext(request);
    const durationMs = Math.round(reply.elapsedTime * 1000) / 1000;
    log.info({ workspaceId, userId, method: request.method, url, status: reply.statusCode, durationMs }, "request");
    done();
  });
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: options.service, version: options.version },
      components: { securitySchemes: { bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" } } },
    },
    transform: ({ schema, url, route }) => ({ schema: describeRoute(schema ?? {}, [route.method].flat()), url }),
  });
  // Such as a connection that cannot be taken because too many files are open; a port in use is reported by `listen`.
  app.server.on("error", (error) => {
    if (app.server.listening) log.error({ error }, "the HTTP server failed");
  });
  registerSystemRoutes(app, options);
  closeWhatGetsIdle(app);
  return app;
}

/**
 * From now on each connection is closed after its next answer, so no client has an open connection when the server
 * closes. A request on a connection that is being closed would be lost, and nobody could tell whether it was carried
 * out.
 */
export function endKeepAlive(app: Pick<App, "server">): void {
  app.server.prependListener("request", (_request, response) => {
    response.shouldKeepAlive = false;
  });
}

/**
 * Fastify closes the connections that are idle when the stop begins. Those that were busy then would stay for a minute;
 * those without a request, which clients open in advance, as long as the client wants.
 */
function closeWhatGetsIdle(app: App): void {
  const unused = new Set<Socket>();
  app.server.on("connection", (socket: Socket) => {
    unused.add(socket);
    socket.once("close", () => unused.delete(socket));
  });
  app.server.on("request", ({ socket }: IncomingMessage) => unused.delete(socket));
  app.addHook("preClose", async () => {
    const timer = setInterval(() => app.server.closeIdleConnections(), IDLE_CHECK_MS).unref();
    const cut = setTimeout(() => unused.forEach((socket) => socket.destroy()), FIRST_REQUEST_MS).unref();
    app.server.once("close", () => {
      clearInterval(timer);
      clearTimeout(cut);
    });
  });
}
