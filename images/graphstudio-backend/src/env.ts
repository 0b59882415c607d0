import { backendSettings } from "@nexus/contract";
import { envSchema, jwtKeys } from "@nexus/service";
import type { z } from "zod";

/** What the backend reads from its environment. */
export const backendEnv = envSchema(backendSettings)
  .refine((env) => jwtKeys(env).length > 0, {
    path: ["JWT_SECRET_KEY"],
    message: "give the key that signs access tokens, at least 32 characters",
  })
  .refine((env) => env.MAIL_HOST === undefined || env.MAIL_FROM !== undefined, {
    path: ["MAIL_FROM"],
    message: "give the sender of mails, because MAIL_HOST is set",
  })
  .refine((env) => env.MAIL_HOST === undefined || env.STUDIO_URL !== undefined, {
    path: ["STUDIO_URL"],
    message: "give the address of the studio for links in mails, because MAIL_HOST is set",
  })
  .superRefine((env, context) => {
    if (env.OIDC_ISSUER === undefined) {
      const message = "give true, or an issuer in OIDC_ISSUER: without both nobody can sign in";
      if (!env.LOCAL_SIGN_IN) context.addIssue({ code: "custom", path: ["LOCAL_SIGN_IN"], message });
      return;
    }
    for (const key of ["OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "STUDIO_URL"] as const)
      if (env[key] === undefined)
        context.addIssue({ code: "custom", path: [key], message: "give a value, because OIDC_ISSUER is set" });
  });

export type BackendEnv = z.output<typeof backendEnv>;
