import type { App } from "@nexus/service";
import type { AccountService } from "../accounts/account-service";
import type { BrowserService } from "../accounts/browser-service";
import type { SignUpService } from "../accounts/sign-up-service";
import type { BackendEnv } from "../env";
import { access, signUpBody, signUpConfirmBody, signUpMailed, signUpState, tokens } from "../schemas";
import { clientOf, keep, SESSION_PATH } from "./browser-sessions";
import type { Hooks } from "./hooks";
import { requireSameSite } from "./same-site";

export interface SignUpRoutesOptions {
  readonly service: SignUpService;
  readonly accounts: AccountService;
  readonly browsers: BrowserService;
  readonly hooks: Hooks;
  readonly signUp: BackendEnv["SIGN_UP"];
}

const SIGN_UP = "/auth/signup";
const OF_BROWSERS = `${SESSION_PATH}/signup`;

const description =
  "Where mails are sent, the answer is 202 and the same for an address that has an account; `confirm` then opens the account";

/** New accounts, for programs and for browsers. */
export function registerSignUpRoutes(app: App, options: SignUpRoutesOptions): void {
  const { service, accounts, browsers, hooks, signUp } = options;
  const tags = ["accounts"];
  const common = [
    "database_unavailable",
    "invitation_needed",
    "passwords_off",
    "rate_limited",
    "sign_up_closed",
  ] as const;
  const homeErrors = ["email_taken", "invitation_invalid", "limit_reached", "tenant_suspended"] as const;
  const errors = [...common, ...homeErrors, "address_unverified", "password_guessable"] as const;
  const confirmErrors = [...common, ...homeErrors, "credentials_invalid", "link_invalid"] as const;
  const onRequest = [hooks.passwords, hooks.signUp, hooks.limited];
  const ofBrowsers = { onRequest: [requireSameSite, ...onRequest] };
  const browserErrors = ["cross_site", "session_invalid", "unauthorized", "account_suspended"] as const;

  app.get(SIGN_UP, { schema: { tags, response: { 200: signUpState } } }, async () => ({ state: signUp }));

  app.post(
    SIGN_UP,
    {
      onRequest,
      schema: { tags, description, body: signUpBody, response: { 201: tokens, 202: signUpMailed }, errors },
    },
    async ({ body }, reply) => {
      const userId = await service.begin(body);
      return userId === undefined
        ? reply.code(202).send({ email: body.email })
        : reply.code(201).send(await accounts.open(userId));
    },
  );

  app.post(
    `${SIGN_UP}/confirm`,
    { onRequest, schema: { tags, body: signUpConfirmBody, response: { 201: tokens }, errors: confirmErrors } },
    async ({ ip, body }, reply) => reply.code(201).send(await accounts.open(await service.confirm(ip, body))),
  );

  app.post(
    OF_BROWSERS,
    {
      ...ofBrowsers,
      schema: {
        tags,
        description,
        body: signUpBody,
        response: { 201: access, 202: signUpMailed },
        errors: [...errors, ...browserErrors],
      },
    },
    async (request, reply) => {
      const userId = await service.begin(request.body);
      if (userId === undefined) return reply.code(202).send({ email: request.body.email });
      return reply.code(201).send(keep(request, reply, await browsers.open(clientOf(request), userId)));
    },
  );

  app.post(
    `${OF_BROWSERS}/confirm`,
    {
      ...ofBrowsers,
      schema: {
        tags,
        body: signUpConfirmBody,
        response: { 201: access },
        errors: [...confirmErrors, ...browserErrors],
      },
    },
    async (request, reply) => {
      const userId = await service.confirm(request.ip, request.body);
      return reply.code(201).send(keep(request, reply, await browsers.open(clientOf(request), userId)));
    },
  );
}
