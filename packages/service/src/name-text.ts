import { z } from "zod";

/** Something to read that is no control character; written out, because not every reader of the document knows \p{}. */
const READABLE = /^(?!\s*$)[^\u0000-\u001f\u007f-\u009f]*$/;

/** A name that people give to something: one line, without spaces around it. */
export const nameText = (maxLength: number) =>
  z
    .string()
    .trim()
    .min(1, { error: "give a name", abort: true })
    .max(maxLength, { error: `give at most ${maxLength} characters`, abort: true })
    .regex(READABLE, "give a name without control characters");
