import { type App, requirePrincipal, ServiceError } from "@nexus/service";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { AccountService } from "../accounts/account-service";
import type { AttemptLimits } from "../accounts/attempt-limits";
import { logInBody, me, refreshBody, signUpBody, signUpState, tokens } from "../schemas";

export interface AccountRoutesOptions {
  readonly service: AccountService;
  readonly limits: AttemptLimits;
  readonly signUp: "open" | "closed";
  readonly authenticate: (request: FastifyRequest) => Promise<void>;
}

export function registerAccountRoutes(app: App, options: AccountRoutesOptions): void {
  const { service, limits, authenticate } = options;
  const tags = ["accounts"];
  const errors = ["database_unavailable"] as const;

  // Answers contain tokens, so no cache on the way may store them.
  app.addHook("onRequest", async (_request, reply) => {
    reply.header("cache-control", "no-store");
  });

  const limited = (request: FastifyRequest) => limits.request(request.ip);
  const open = async () => {
    if (options.signUp === "closed") throw new ServiceError("sign_up_closed");
  };

  app.get("/auth/signup", { schema: { tags, response: { 200: signUpState } } }, async () => ({
    state: options.signUp,
  }));

  app.post(
    "/auth/signup",
    {
      onRequest: [open, limited],
      schema: {
        tags,
        body: signUpBody,
        response: { 201: tokens },
        errors: [...errors, "email_taken", "password_guessable", "rate_limited", "sign_up_closed"],
      },
    },
    async (request, reply) => {
      const { tenantName, ...credentials } = request.body;
      return reply.code(201).send(await service.signUp(credentials, tenantName));
    },
  );

  app.post(
    "/auth/login",
    {
      onRequest: limited,
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
    {
      onRequest: authenticate,
      schema: { tags, security: [{ bearer: [] }], permission: null, response: { 200: me }, errors },
    },
    async (request) => await service.me(requirePrincipal(request).userId),
  );
}
