import { type App, requirePrincipal } from "@nexus/service";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { AccountService } from "../accounts/account-service";
import type { BackendEnv } from "../env";
import { challengeBody, logInBody, logOutBody, me, refreshBody, signUpBody, signUpState, tokens } from "../schemas";
import type { Hooks } from "./hooks";
import { codeErrors } from "./proof-errors";

export interface AccountRoutesOptions {
  readonly service: AccountService;
  readonly hooks: Hooks;
  readonly signUp: BackendEnv["SIGN_UP"];
  readonly authenticate: (request: FastifyRequest) => Promise<void>;
}

export const signUpErrors = [
  "address_unverified",
  "email_taken",
  "invitation_invalid",
  "limit_reached",
  "invitation_needed",
  "password_guessable",
  "passwords_off",
  "rate_limited",
  "sign_up_closed",
  "tenant_suspended",
] as const;

export const challengeErrors = ["challenge_invalid", "rate_limited", ...codeErrors] as const;

export function registerAccountRoutes(app: App, options: AccountRoutesOptions): void {
  const { service, hooks, signUp, authenticate } = options;
  const tags = ["accounts"];
  const errors = ["database_unavailable"] as const;

  // Answers contain tokens, so no cache on the way may store them.
  app.addHook("onRequest", async (_request, reply) => {
    reply.header("cache-control", "no-store");
  });

  app.get("/auth/signup", { schema: { tags, response: { 200: signUpState } } }, async () => ({ state: signUp }));

  app.post(
    "/auth/signup",
    {
      onRequest: [hooks.passwords, hooks.signUp, hooks.limited],
      schema: {
        tags,
        body: signUpBody,
        response: { 201: tokens },
        errors: [...errors, ...signUpErrors],
      },
    },
    async (request, reply) => reply.code(201).send(await service.signUp(request.body)),
  );

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
