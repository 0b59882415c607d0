import { type App, requirePrincipal } from "@nexus/service";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { AccountService } from "../accounts/account-service";
import { logInBody, me, refreshBody, signUpBody, tokens } from "../schemas";

export interface AccountRoutesOptions {
  readonly service: AccountService;
  readonly authenticate: (request: FastifyRequest) => Promise<void>;
}

export function registerAccountRoutes(app: App, { service, authenticate }: AccountRoutesOptions): void {
  const tags = ["accounts"];
  const errors = ["database_unavailable"] as const;

  // Answers hold tokens, which no cache on the way may keep.
  app.addHook("onRequest", async (_request, reply) => {
    reply.header("cache-control", "no-store");
  });

  app.post(
    "/auth/signup",
    {
      schema: {
        tags,
        body: signUpBody,
        response: { 201: tokens },
        errors: [...errors, "email_taken", "password_guessable", "rate_limited"],
      },
    },
    async (request, reply) => {
      const { tenantName, ...credentials } = request.body;
      return reply.code(201).send(await service.signUp(request.ip, credentials, tenantName));
    },
  );

  app.post(
    "/auth/login",
    {
      schema: {
        tags,
        body: logInBody,
        response: { 200: tokens },
        errors: [...errors, "credentials_invalid", "rate_limited"],
      },
    },
    async (request) => {
      return await service.logIn(request.ip, request.body);
    },
  );

  app.post(
    "/auth/refresh",
    { schema: { tags, body: refreshBody, response: { 200: tokens }, errors: [...errors, "refresh_invalid"] } },
    async (request) => {
      return await service.refresh(request.body.refreshToken);
    },
  );

  app.post(
    "/auth/logout",
    { schema: { tags, body: refreshBody, response: { 204: z.null() }, errors } },
    async (request, reply) => {
      await service.logOut(request.body.refreshToken);
      return reply.code(204).send(null);
    },
  );

  app.get(
    "/account/me",
    { preHandler: authenticate, schema: { tags, security: [{ bearer: [] }], response: { 200: me }, errors } },
    async (request) => await service.me(requirePrincipal(request).userId),
  );
}
