/**
 * Text for a terminal: control characters that came with somebody's file are shown, not obeyed. Line ends and tabs stay.
 */
export function printable(text: string): string {
  return text.replace(/(?![\n\t])\p{Cc}/gu, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}
