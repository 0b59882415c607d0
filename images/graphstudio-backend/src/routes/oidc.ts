import { type App, requirePrincipal } from "@nexus/service";
import { parseCookie, stringifySetCookie } from "cookie";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { BackendEnv } from "../env";
import { Attempt } from "../oidc/attempt";
import type { OidcService } from "../oidc/oidc-service";
import { access, MAX_OIDC_ANSWER, oidcAnswer, oidcBegin, ownWays, signInWays } from "../schemas";
import { clientOf, keep, sessionTokenOf } from "./browser-sessions";
import type { Hooks } from "./hooks";
import { requireSameSite } from "./same-site";

/** Below the path of the session's cookie, because that goes along. */
const PATH = "/auth/session/oidc";
const COOKIE = "nexus_oidc";
const ATTEMPT_SECONDS = 600;
/** An answer that is a little too long is refused as such, although JSON may write each character in six bytes. */
const MAX_ANSWER_BYTES = 8 * MAX_OIDC_ANSWER;

export interface OidcRoutesOptions {
  readonly service: OidcService;
  readonly hooks: Hooks;
  readonly env: Pick<BackendEnv, "OIDC_ISSUER" | "OIDC_NAME" | "LOCAL_SIGN_IN">;
  readonly authenticate: (request: FastifyRequest) => Promise<void>;
}

/**
 * Signing in with an identity provider. It leads back to a page of the studio, which passes its answer on; so the answer comes
 * from our own site, with cookies that no other site can make a browser send, and no route here redirects anywhere.
 */
export function registerOidcRoutes(app: App, { service, hooks, env, authenticate }: OidcRoutesOptions): void {
  const tags = ["sign-in"];
  const onRequest = [requireSameSite, hooks.limited];
  const errors = ["cross_site", "rate_limited", "oidc_not_configured", "oidc_unavailable"] as const;

  app.get("/auth/ways", { schema: { tags, response: { 200: signInWays } } }, async () => ({
    passwords: env.LOCAL_SIGN_IN,
    oidc: env.OIDC_ISSUER === undefined ? null : { name: env.OIDC_NAME },
  }));

  app.get(
    "/account/ways",
    {
      onRequest: authenticate,
      schema: {
        tags,
        security: [{ bearer: [] }],
        permission: null,
        response: { 200: ownWays },
        errors: ["database_unavailable"],
      },
    },
    async (request) => await service.waysOf(requirePrincipal(request).userId),
  );

  app.post(PATH, { onRequest, schema: { tags, response: { 200: oidcBegin }, errors } }, async (request, reply) => {
    const attempt = Attempt.begin();
    const url = await service.begin(attempt);
    setCookie(request, reply, attempt.secret, new Date(Date.now() + ATTEMPT_SECONDS * 1000));
    return { url };
  });

  app.post(
    `${PATH}/answer`,
    {
      onRequest,
      bodyLimit: MAX_ANSWER_BYTES,
      schema: {
        tags,
        body: oidcAnswer,
        response: { 200: access },
        errors: [
          ...errors,
          "database_unavailable",
          "oidc_refused",
          "oidc_connect_first",
          "oidc_other_account",
          "oidc_email_unusable",
          "oidc_no_account",
          "account_suspended",
          "second_factor_needed",
          "session_invalid",
          "unauthorized",
        ],
      },
    },
    async (request, reply) => {
      const attempt = Attempt.of(parseCookie(request.headers.cookie ?? "")[COOKIE]);
      // Whatever comes of it, an attempt is used once.
      setCookie(request, reply, "", new Date(0));
      const opened = await service.finish(clientOf(request), attempt, request.body.answer, sessionTokenOf(request));
      return keep(request, reply, opened);
    },
  );
}

function setCookie({ protocol }: FastifyRequest, reply: FastifyReply, value: string, expires: Date): void {
  const secure = protocol === "https";
  const cookie = { name: COOKIE, value, path: PATH, expires, secure, httpOnly: true, sameSite: "strict" } as const;
  reply.header("set-cookie", stringifySetCookie(cookie));
}
