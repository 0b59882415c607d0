import type { App } from "@nexus/service";
import { parseCookie, stringifySetCookie } from "cookie";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Client } from "../accounts/authority";
import type { BrowserAccess, BrowserService } from "../accounts/browser-service";
import { access, challengeBody, logInBody, renewBody } from "../schemas";
import { challengeErrors } from "./accounts";
import type { Hooks } from "./hooks";
import { requireSameSite } from "./same-site";

export const SESSION_COOKIE = "nexus_session";
/** The cookie goes to these routes alone; the APIs take access tokens and nothing else. */
export const SESSION_PATH = "/auth/session";

export interface BrowserSessionRoutesOptions {
  readonly service: BrowserService;
  readonly hooks: Hooks;
}

export function registerBrowserSessionRoutes(app: App, { service, hooks }: BrowserSessionRoutesOptions): void {
  const onRequest = requireSameSite;
  const tags = ["browser sessions"];
  const errors = ["database_unavailable", "cross_site"] as const;
  const logInErrors = [...errors, "rate_limited", "session_invalid", "unauthorized", "account_suspended"] as const;

  app.post(
    SESSION_PATH,
    {
      onRequest: [requireSameSite, hooks.passwords, hooks.limited],
      schema: {
        tags,
        body: logInBody,
        response: { 200: access },
        errors: [...logInErrors, "credentials_invalid", "passwords_off", "second_factor_needed"],
      },
    },
    async (request, reply) => keep(request, reply, await service.logIn(clientOf(request), request.body)),
  );

  app.post(
    `${SESSION_PATH}/second-factor`,
    {
      onRequest: [requireSameSite, hooks.limited],
      schema: { tags, body: challengeBody, response: { 200: access }, errors: [...logInErrors, ...challengeErrors] },
    },
    async (request, reply) => keep(request, reply, await service.answer(clientOf(request), request.body)),
  );

  app.post(
    `${SESSION_PATH}/token`,
    {
      onRequest,
      schema: {
        tags,
        body: renewBody,
        response: { 200: access },
        errors: [
          ...errors,
          "session_invalid",
          "unauthorized",
          "tenant_not_found",
          "second_factor_required",
          "account_suspended",
        ],
      },
    },
    async (request, reply) => keep(request, reply, await service.renew(sessionTokenOf(request), request.body.tenantId)),
  );

  app.delete(
    SESSION_PATH,
    { onRequest, schema: { tags, response: { 204: z.null() }, errors } },
    async (request, reply) => {
      await service.logOut(sessionTokenOf(request));
      setCookie(request, reply, "", new Date(0));
      return reply.code(204).send(null);
    },
  );
}

export function clientOf({ ip, headers }: FastifyRequest): Client {
  return { address: ip, userAgent: headers["user-agent"]?.slice(0, 300) };
}

export function sessionTokenOf({ headers }: FastifyRequest): string | undefined {
  return parseCookie(headers.cookie ?? "")[SESSION_COOKIE];
}

export function keep(request: FastifyRequest, reply: FastifyReply, { access, sessionToken, expiresAt }: BrowserAccess) {
  setCookie(request, reply, sessionToken, expiresAt);
  return access;
}

function setCookie({ protocol }: FastifyRequest, reply: FastifyReply, value: string, expires: Date): void {
  // Over plain HTTP, as on a node port, a browser would not keep a cookie that is Secure.
  const secure = protocol === "https";
  const cookie = {
    name: SESSION_COOKIE,
    value,
    path: SESSION_PATH,
    expires,
    secure,
    httpOnly: true,
    sameSite: "strict",
  } as const;
  reply.header("set-cookie", stringifySetCookie(cookie));
}
