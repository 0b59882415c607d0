/** The message of anything thrown, on one line. For an error of several attempts, the message of the first. */
export function messageOf(error: unknown): string {
  const { message, code, errors } = (error ?? {}) as { message?: unknown; code?: unknown; errors?: readonly unknown[] };
  if (Array.isArray(errors) && errors.length > 0) return messageOf(errors[0]);
  const text =
    typeof message === "string" && message !== "" ? message : typeof code === "string" ? code : "unknown error";
  return text.split("\n")[0] ?? text;
}
