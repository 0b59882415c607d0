import { finished, Readable } from "node:stream";
import { type App, type ErrorCode, type Principal, requirePrincipal, type Standing } from "@nexus/service";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Ai } from "./ai";
import { answer, budgetState, chatBody, type ChatBody, completionBody, modelList, toChat } from "./schemas";
import { sseHeaders, toServerSentEvents } from "./sse";

export interface AiRoutesOptions {
  readonly ai: Ai;
  readonly authenticate: (request: FastifyRequest) => Promise<void>;
  /** Who may not work now: their answers end. */
  readonly standing: Standing;
  /** @default "/ai/v1" */
  readonly prefix?: string;
}

/** The errors that an answer may have. */
const errors: readonly ErrorCode[] = [
  ...(["ai_request_rejected", "context_too_long"] as const),
  ...(["budget_exhausted", "upstream_rate_limited"] as const),
  ...(["request_cancelled", "upstream_error", "stream_interrupted", "upstream_timeout"] as const),
  ...(["ai_not_configured", "ai_key_rejected", "ai_busy", "shutting_down"] as const),
  ...(["upstream_unavailable", "upstream_quota_exhausted"] as const),
];

/** Aborted when the connection ends before the answer is sent, or the caller may not work any more. */
function departure(reply: FastifyReply, caller: Principal, standing: Standing): AbortSignal {
  const controller = new AbortController();
  const forget = standing.onChange(() => {
    if (standing.stops(caller)) controller.abort();
  });
  reply.raw.once("close", () => {
    forget();
    if (!reply.raw.writableFinished) controller.abort();
  });
  if (reply.raw.destroyed) controller.abort();
  return controller.signal;
}

export function registerAiRoutes(app: App, options: AiRoutesOptions): void {
  const { ai, authenticate, standing, prefix = "/ai/v1" } = options;
  /** Who asks, and not too much at one time: a body is read only where there is room for it. */
  const admit = async (request: FastifyRequest, reply: FastifyReply) => {
    await authenticate(request);
    // Also of a client that leaves before its answer.
    finished(reply.raw, ai.beginRequest(requirePrincipal(request).tenantId));
  };
  const common = { tags: ["ai"], security: [{ bearer: [] }] };

  async function respond(request: FastifyRequest, reply: FastifyReply, body: ChatBody) {
    const principal = requirePrincipal(request);
    const { tenantId, userId, plan } = principal;
    const caller = { tenantId, userId, plan, signal: departure(reply, principal, standing) };
    if (!body.stream)
      return await ai.complete(body, caller).catch((error: unknown) => {
        standing.admit(principal);
        throw error;
      });
    const events = await ai.stream(body, caller);
    reply.headers(sseHeaders);
    return reply.send(Readable.from(toServerSentEvents(events, request.url.split("?", 1)[0] ?? prefix)));
  }

  const description = "JSON, or with `stream` Server-Sent Events: `delta` {text}, then `done` or `error` (a problem)";

  app.post(
    `${prefix}/chat`,
    {
      onRequest: admit,
      schema: { ...common, permission: "ai.use", description, body: chatBody, response: { 200: answer }, errors },
    },
    async (request, reply) => {
      reply.header("cache-control", "no-store");
      return await respond(request, reply, request.body);
    },
  );

  app.post(
    `${prefix}/completion`,
    {
      onRequest: admit,
      schema: { ...common, permission: "ai.use", description, body: completionBody, response: { 200: answer }, errors },
    },
    async (request, reply) => {
      reply.header("cache-control", "no-store");
      return await respond(request, reply, toChat(request.body));
    },
  );

  app.get(
    `${prefix}/usage`,
    { onRequest: authenticate, schema: { ...common, permission: "ai.read", response: { 200: budgetState } } },
    async (request, reply) => {
      reply.header("cache-control", "no-store");
      return await ai.usage(requirePrincipal(request));
    },
  );

  app.get(
    `${prefix}/models`,
    { onRequest: authenticate, schema: { ...common, permission: "ai.read", response: { 200: modelList } } },
    async () => ai.models(),
  );
}
