/** How much of an execution's output is kept; the rest is dropped and the answer says so. */
export const MAX_LOG_LINES = 200;
export const MAX_LOG_BYTES = 64 * 1024;
export const MAX_RESULT_BYTES = 256 * 1024;
export const MAX_DISPLAY_BYTES = 32 * 1024;
export const MAX_ERROR_BYTES = 8 * 1024;

/** Cuts a text to a number of UTF-8 bytes, never inside a character. */
export function cutText(text: string, maxBytes: number): { readonly text: string; readonly cut: boolean } {
  if (text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes) return { text, cut: false };
  const bytes = Buffer.from(text.slice(0, maxBytes));
  let end = Math.min(maxBytes, bytes.length);
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return { text: bytes.subarray(0, end).toString(), cut: true };
}
