import { type App, requirePrincipal } from "@nexus/service";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { AccountService } from "../accounts/account-service";
import { challengeBody, logInBody, logOutBody, me, refreshBody, tokens } from "../schemas";
import type { Hooks } from "./hooks";
import { codeErrors } from "./proof-errors";

export interface AccountRoutesOptions {
  readonly service: AccountService;
  readonly hooks: Hooks;
  readonly authenticate: (request: FastifyRequest) => Promise<void>;
}

export const challengeErrors = ["challenge_invalid", "rate_limited", ...codeErrors] as const;

export function registerAccountRoutes(app: App, options: AccountRoutesOptions): void {
  const { service, hooks, authenticate } = options;
  const tags = ["accounts"];
  const errors = ["database_unavailable"] as const;

  // Answers contain tokens, so no cache on the way may store them.
  app.addHook("onRequest", async (_request, reply) => {
    reply.header("cache-control", "no-store");
  });

  app.post(
    "/auth/login",
    {
      onRequest: [hooks.passwords, hooks.limited],
      schema: {
        tags,
        body: logInBody,
        response: { 200: tokens },
        errors: [
          ...errors,
          "credentials_invalid",
          "passwords_off",
          "second_factor_needed",
          "rate_limited",
          "account_suspended",
          "unauthorized",
        ],
      },
    },
    async (request) => {
      return await service.logIn(request.ip, request.body);
    },
  );

  app.post(
    "/auth/login/second-factor",
    {
      onRequest: hooks.limited,
      schema: {
        tags,
        description: "Goes on with a log-in that was answered with `second_factor_needed` and a `challenge`",
        body: challengeBody,
        response: { 200: tokens },
        errors: [...errors, ...challengeErrors],
      },
    },
    async (request) => await service.answer(request.ip, request.body),
  );

  app.post(
    "/auth/refresh",
    {
      schema: {
        tags,
        body: refreshBody,
        response: { 200: tokens },
        errors: [
          ...errors,
          "refresh_invalid",
          "tenant_not_found",
          "second_factor_required",
          "account_suspended",
          "unauthorized",
        ],
      },
    },
    async (request) => {
      return await service.refresh(request.body.refreshToken, request.body.tenantId);
    },
  );

  app.post(
    "/auth/logout",
    { schema: { tags, body: logOutBody, response: { 204: z.null() }, errors } },
    async (request, reply) => {
      await service.logOut(request.body.refreshToken);
      return reply.code(204).send(null);
    },
  );

  app.get(
    "/account/me",
    {
      onRequest: authenticate,
      schema: { tags, security: [{ bearer: [] }], permission: null, response: { 200: me }, errors },
    },
    async (request) => await service.me(requirePrincipal(request)),
  );
}
