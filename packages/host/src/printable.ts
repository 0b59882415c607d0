/**
 * Text that is safe for a terminal: control characters in foreign text are shown as escapes. Line ends and tabs stay.
 */
export function printable(text: string): string {
  return text.replace(/(?![\n\t])\p{Cc}/gu, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}

/** Default length of an {@link excerpt} in characters. */
const EXCERPT = 32;

/** The beginning of text or bytes of unknown origin, in ASCII, for one line of a message. */
export function excerpt(text: string | Uint8Array, length = EXCERPT): string {
  const all = typeof text === "string" ? text : Buffer.from(text.subarray(0, length + 1)).toString("latin1");
  const safe = all.slice(0, length).replace(/[^\x20-\x7e]/g, ".");
  return all.length > length ? `${safe}...` : safe;
}
