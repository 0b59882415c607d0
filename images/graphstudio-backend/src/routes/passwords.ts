import { type App, type Logger, ServiceError } from "@nexus/service";
import { z } from "zod";
import type { AttemptLimits } from "../accounts/attempt-limits";
import type { Authority } from "../accounts/authority";
import { requireHardToGuess } from "../accounts/guessable";
import { forgetBody, resetBody } from "../schemas";
import type { AddressStore } from "../store/address-store";
import type { Hooks } from "./hooks";

export interface PasswordRoutesOptions {
  readonly authority: Authority;
  readonly addresses: AddressStore;
  readonly limits: AttemptLimits;
  readonly hooks: Hooks;
  /** Whether mails are sent. */
  readonly mails: boolean;
  readonly log: Logger;
}

/** A new password for whoever forgot theirs and reads the mails of its address. */
export function registerPasswordRoutes(app: App, options: PasswordRoutesOptions): void {
  const { authority, addresses, limits, hooks, mails, log } = options;
  const onRequest = [hooks.passwords, hooks.limited];
  const tags = ["passwords"];
  const errors = ["database_unavailable", "passwords_off", "rate_limited"] as const;

  app.post(
    "/auth/password/forget",
    {
      onRequest,
      schema: { tags, body: forgetBody, response: { 204: z.null() }, errors: [...errors, "mail_not_configured"] },
    },
    async (request, reply) => {
      if (!mails) throw new ServiceError("mail_not_configured");
      const { email } = request.body;
      await limits.mail(email);
      // What follows takes longer where there is an account, so no answer waits for it.
      await addresses.isTaken(email);
      void authority.forget(email).catch((error: unknown) => log.error({ error }, "a link for a new password is lost"));
      return reply.code(204).send(null);
    },
  );

  app.post(
    "/auth/password/reset",
    {
      onRequest,
      schema: {
        tags,
        body: resetBody,
        response: { 204: z.null() },
        errors: [...errors, "reset_invalid", "password_guessable"],
      },
    },
    async (request, reply) => {
      requireHardToGuess(request.body.password);
      await authority.reset(request.body.token, request.body.password);
      return reply.code(204).send(null);
    },
  );
}
