import { backendSettings, roles } from "@nexus/contract";
import { nameText } from "@nexus/service";
import { z } from "zod";

const MAX_EMAIL = 254;
/** How many tenants one person may own. */
export const MOST_TENANTS = 100;
const EMAIL = /^([\w'+-]+\.)*[\w'+-]*[\w+-]@([A-Za-z0-9][A-Za-z0-9-]*\.)+[A-Za-z]{2,}$/;

/** One spelling per mailbox: composed Unicode, no spaces around it, lower case. */
export const email = z
  .string()
  // The OpenAPI document does not contain what follows a transformation, so it is named here.
  .meta({ pattern: EMAIL.source, maxLength: MAX_EMAIL })
  .transform((value) => value.normalize("NFKC").trim().toLowerCase())
  .pipe(
    z
      .string()
      .max(MAX_EMAIL, `give an email of at most ${MAX_EMAIL} characters`)
      .pipe(z.email({ pattern: EMAIL, error: "give an email address, such as ada@example.com" })),
  );

/** A text that PostgreSQL takes. */
export const storableText = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .regex(/^[^\u0000]*$/, { error: "give a text without U+0000" });

const password = z.string().max(256, { error: "give at most 256 characters", abort: true });

const newPassword = password.min(12, { error: "give at least 12 characters", abort: true });
/** Proves who asks for something that an access token alone must not do. */
export const presentPassword = password
  .default("")
  .describe("Empty for a person without one, who must have signed in within the last five minutes");

export const tenantName = nameText(100);

export const invitationToken = z.string().regex(/^[\w-]{43}$/, { error: "give the token of an invitation" });

export const signUpBody = z.object({
  email,
  password: newPassword,
  tenantName: tenantName.optional(),
  invitation: invitationToken.optional().describe("The token of an invitation, to join its tenant"),
});

export const signUpMailed = z.object({ email: z.string().describe("Where a mail is on its way") });
export const signUpConfirmBody = z.object({
  token: z.string().max(200).describe("The token of the link that was mailed"),
  password: password.describe("That of the sign-up"),
});

export const signUpState = z.object({ state: z.enum(backendSettings.SIGN_UP.words) });

export const signInWays = z.object({
  passwords: z.boolean().describe("Whether people sign in with passwords"),
  oidc: z.object({ name: z.string() }).nullable().describe("The identity provider; null where there is none"),
});

export const ownWays = z.object({
  password: z.boolean().describe("Whether the person has a password"),
  oidc: z.boolean().describe("Whether the account is connected with the identity provider"),
});

export const oidcBegin = z.object({ url: z.string().describe("Where the browser goes to sign in") });

/** Number of characters of an identity provider's answer. */
export const MAX_OIDC_ANSWER = 8000;

export const oidcAnswer = z.object({
  answer: z
    .string()
    .max(MAX_OIDC_ANSWER, { error: `give at most ${MAX_OIDC_ANSWER} characters`, abort: true })
    .regex(/^[\x20-\x7e]*$/, { error: "give the query as the browser has it, in ASCII" })
    .describe("The query that the identity provider added to the address of the studio's page"),
});

export const forgetBody = z.object({ email });

export const resetBody = z.object({ token: z.string().max(200), password: newPassword });

export const sessionParams = z.object({ sessionId: z.uuid() });

export const sessionList = z.object({
  items: z.array(
    z.object({
      id: z.uuid(),
      kind: z.enum(["browser", "program"]),
      startedAt: z.date(),
      endsAt: z.date().describe("When it ends unless it is used"),
      address: z.string().nullable(),
      userAgent: z.string().nullable(),
    }),
  ),
});

/** There is no minimum length here: it would refuse a short guess without counting the attempt. */
export const logInBody = z.object({ email, password });

/** Six digits, or 16 characters of base32; spaces, and hyphens between those, do not matter. */
const CODE = /^(?:(?: *\d){6}|(?:[ -]*[A-Za-z2-7]){16}) *$/;

/** A code of an authenticator app or a recovery code. */
const code = z
  .string()
  .max(64)
  .regex(CODE, "give the six digits of your authenticator app, or a recovery code")
  .describe("Six digits of an authenticator app, or a recovery code")
  .transform((value) => value.replaceAll(" ", "").toUpperCase());

/** For what needs a code of whoever has a second factor. */
export const codeWhereOn = code.optional().describe("Needed where a second factor is on");

export const passwordBody = z.object({ password: presentPassword, newPassword, code: codeWhereOn });
export const codeBody = z.object({ code });
export const passwordOnlyBody = z.object({ password: presentPassword });
export const provenBody = z.object({ password: presentPassword, code });
/** What a sign-in goes on with. */
export const challengeBody = z.object({ challenge: z.string().max(200), code });

export const secondFactor = z.object({
  on: z.boolean(),
  recoveryCodes: z.int().describe("How many are left"),
});
export const newSecret = z.object({
  secret: z.string().describe("In base32; it counts after a code was confirmed"),
  uri: z.string().describe("The same for a QR code"),
});
export const recoveryCodes = z.object({ recoveryCodes: z.array(z.string()).describe("Shown once; each works once") });

export const addressState = z.object({
  email: z.string(),
  verified: z.boolean().describe("Whether the person has shown that they read its mails"),
  mails: z.boolean().describe("Whether mails are sent here, so that an address can be verified or changed"),
});
export const addressBody = z.object({
  email,
  password: presentPassword,
  code: codeWhereOn,
});
export const addressTokenBody = z.object({ token: z.string().max(200) });

const tenantId = z.uuid().optional().describe("The tenant to go over to; without it the session stays where it is");

const refreshToken = z.string().max(200);

export const refreshBody = z.object({ refreshToken, tenantId });

export const logOutBody = z.object({ refreshToken });

export const renewBody = z.object({ tenantId });

const user = z.object({
  id: z.uuid(),
  email: z.string(),
  tenantId: z.uuid(),
  role: z.enum(roles),
});

export const access = z.object({
  accessToken: z.string(),
  expiresIn: z.int().describe("Seconds until the access token ends"),
  user,
});

export const tokens = access.extend({ refreshToken: z.string() });

export const me = user.extend({
  tenantName: z.string(),
  tenantSuspended: z.string().nullable().describe("Why nobody may work in the tenant at the moment; null otherwise"),
  platformAdmin: z.boolean().describe("Whether the person administers the platform"),
});

const named = z.object({ id: z.uuid(), name: z.string() });
export const accountDeletion = z.object({
  deletes: z.array(named).describe("Tenants where the person is alone; they go with the account"),
  blockedBy: z.array(named).describe("Tenants whose other members would have no owner"),
});
export const accountDeletionBody = z.object({
  password: presentPassword,
  code: codeWhereOn,
  tenants: z.array(z.uuid()).max(MOST_TENANTS).default([]).describe("Ids of all tenants that go with the account"),
});
