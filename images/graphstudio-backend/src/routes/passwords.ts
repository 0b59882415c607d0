import { type App, ServiceError } from "@nexus/service";
import { z } from "zod";
import type { AttemptLimits } from "../accounts/attempt-limits";
import type { Authority } from "../accounts/authority";
import { requireHardToGuess } from "../accounts/guessable";
import { forgetBody, resetBody } from "../schemas";
import type { Hooks } from "./hooks";

export interface PasswordRoutesOptions {
  readonly authority: Authority;
  readonly limits: AttemptLimits;
  readonly hooks: Hooks;
  /** Whether mails are sent. */
  readonly mails: boolean;
}

/** A new password for whoever forgot theirs and reads the mails of its address. */
export function registerPasswordRoutes(app: App, options: PasswordRoutesOptions): void {
  const { authority, limits, hooks, mails } = options;
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
      await limits.mail(request.body.email);
      await authority.forget(request.body.email);
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
