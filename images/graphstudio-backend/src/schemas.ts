import { z } from "zod";

/** One spelling per mailbox: Unicode composed, no outer spaces, lower case. */
const email = z
  .string()
  .transform((value) => value.normalize("NFKC").trim().toLowerCase())
  .pipe(z.string().max(254, "give an email of at most 254 characters").pipe(z.email("give an email address")));

const password = z.string().max(256, "give at most 256 characters");

const tenantName = z
  .string()
  .trim()
  .min(1, "give a name")
  .max(100, "give at most 100 characters")
  .regex(/^\P{Cc}*$/u, "give a name without control characters");

export const signUpBody = z.object({
  email,
  password: password.min(12, "give at least 12 characters"),
  tenantName: tenantName.optional(),
});

/** No least length here: it would tell that a short guess cannot be right without counting the attempt. */
export const logInBody = z.object({ email, password });

export const refreshBody = z.object({ refreshToken: z.string().max(200) });

const user = z.object({
  id: z.uuid(),
  email: z.string(),
  tenantId: z.uuid(),
  role: z.enum(["owner", "member"]),
});

export const tokens = z.object({
  accessToken: z.string(),
  refreshToken: z.string(),
  expiresIn: z.int().describe("Seconds until the access token ends"),
  user,
});

export const me = user.extend({ tenantName: z.string() });
