import { type App, requirePrincipal, ServiceError } from "@nexus/service";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { passwordBody, sessionList, sessionParams } from "../schemas";
import type { AccountService } from "../accounts/account-service";
import type { PersonSessions } from "../store/person-sessions";
import type { Hooks } from "./hooks";
import { proofErrors } from "./proof-errors";

export interface PersonSessionRoutesOptions {
  readonly service: AccountService;
  readonly sessions: PersonSessions;
  readonly hooks: Hooks;
  readonly authenticate: (request: FastifyRequest) => Promise<void>;
}

/** What a person does with their own password and sessions. */
export function registerPersonSessionRoutes(app: App, options: PersonSessionRoutesOptions): void {
  const { service, sessions, hooks, authenticate: onRequest } = options;
  const common = { tags: ["sessions"], security: [{ bearer: [] }], permission: null };
  const errors = ["database_unavailable"] as const;

  app.get(
    "/account/sessions",
    { onRequest, schema: { ...common, response: { 200: sessionList }, errors } },
    async (request) => ({ items: await sessions.list(requirePrincipal(request).userId) }),
  );

  app.delete(
    "/account/sessions",
    { onRequest, schema: { ...common, response: { 204: z.null() }, errors } },
    async (request, reply) => {
      await sessions.endAll(requirePrincipal(request).userId);
      return reply.code(204).send(null);
    },
  );

  app.delete(
    "/account/sessions/:sessionId",
    {
      onRequest,
      schema: {
        ...common,
        params: sessionParams,
        response: { 204: z.null() },
        errors: [...errors, "session_not_found"],
      },
    },
    async (request, reply) => {
      const ended = await sessions.end(requirePrincipal(request).userId, request.params.sessionId);
      if (!ended) throw new ServiceError("session_not_found");
      return reply.code(204).send(null);
    },
  );

  app.put(
    "/account/password",
    {
      onRequest: [hooks.passwords, hooks.limited, onRequest],
      schema: {
        ...common,
        body: passwordBody,
        response: { 204: z.null() },
        errors: [...errors, ...proofErrors, "password_guessable", "passwords_off", "rate_limited"],
      },
    },
    async (request, reply) => {
      await service.changePassword(request.ip, requirePrincipal(request).userId, request.body);
      return reply.code(204).send(null);
    },
  );
}
