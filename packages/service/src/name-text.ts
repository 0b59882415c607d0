import { z } from "zod";

/**
 * Characters that no font draws. Names may contain them, because emoji and some scripts need them, but may not consist
 * of them alone.
 */
const UNSEEN =
  "\\s\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180e\\u200b-\\u200f\\u2060-\\u206f\\u2800\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0";
const CONTROL = "\\u0000-\\u001f\\u007f-\\u009f";
/**
 * These characters change the order in which a name is shown, for example "txt.exe" as "exe.txt", and also that of the
 * text beside it.
 */
const REORDERING = "\\u202a-\\u202e\\u2066-\\u2069";

/** Written out, because not every reader of the OpenAPI document supports \p{}. */
const READABLE = new RegExp(`^(?![${UNSEEN}]*$)[^${CONTROL}${REORDERING}]*$`);
const ONE_LINE = new RegExp(`^[^${CONTROL}${REORDERING}]*$`);

function whatIsWrong(text: string, what: "name" | "title"): string {
  if (new RegExp(`[${CONTROL}]`).test(text)) return `give a ${what} without control characters`;
  if (new RegExp(`[${REORDERING}]`).test(text))
    return `give a ${what} without characters that change the direction of text (U+202A to U+202E, U+2066 to U+2069)`;
  return `give a ${what} that can be seen; all characters of this one are invisible`;
}

/** A name that people give to something: one line, without spaces around it. */
export const nameText = (maxLength: number) =>
  z
    .string()
    .trim()
    .min(1, { error: "give a name", abort: true })
    .max(maxLength, { error: `give at most ${maxLength} characters`, abort: true })
    .regex(READABLE, { error: ({ input }) => whatIsWrong(String(input), "name") });

/** A title that people give to something: one line, or nothing. */
export const titleText = (maxLength: number) =>
  z
    .string()
    .max(maxLength, { error: `give a title of at most ${maxLength} characters`, abort: true })
    .regex(ONE_LINE, { error: ({ input }) => whatIsWrong(String(input), "title") });
