import { z } from "zod";
import { storableText } from "./schemas";

/** JSON writes some characters as several. */
export const SETTING_BODY_BYTES = 64 * 1024;
const MOST_LISTED = 200;

/** Name of a variable, as programs know them. */
export const variableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,252}$/, {
  error: "give letters, digits and underscores, at most 253, and no digit first",
});
export const variableValue = storableText(8 * 1024);

/** Longer parts of a path lead nowhere. */
const settingName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, {
  error: "give letters, digits and underscores, at most 100, and no digit first",
});
export const settingParams = z.object({ name: settingName });
export const settingBody = z.object({
  value: variableValue,
  secret: z.boolean().optional().describe("Whether it goes into a Secret; without it, its name and value decide"),
});
export const settingQuery = z.object({
  after: settingName.optional().describe("`next` of the page before"),
  limit: z.coerce.number().int().min(1).max(MOST_LISTED).default(50),
});
export const settingPage = z.object({
  settings: z.array(
    z.object({
      name: z.string(),
      secret: z.boolean(),
      value: z.string().nullable().describe("Null for a secret, and where it cannot be decrypted any more"),
      updated_at: z.date(),
      updated_by: z.string().nullable().describe("Null for who is gone"),
    }),
  ),
  next: z.string().nullable().describe("Where the next page begins; null on the last one"),
});
