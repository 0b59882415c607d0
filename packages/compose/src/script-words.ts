/** Splits a shell script into words, as far as that is needed to find secrets in them. */

/** A part of a text: from `start` up to, and without, `end`. */
export interface Part {
  readonly start: number;
  readonly end: number;
}

/** A text in quotes, also in escaped quotes, as they appear inside other quotes. */
const QUOTED = /\\(["'])[^"'\\]*\\\1|"(?:\\[\s\S]|[^"\\])*"|'[^']*'/g;
const WORD = new RegExp(`(?:${QUOTED.source}|\\\\[^\\r\\n]|\\S)+`, "g");

/** A word of a script; quoted parts belong together. A quote without an end is an ordinary character. */
export function scriptWords(script: string): Part[] {
  return [...script.matchAll(WORD)]
    .map(({ 0: word, index }) => ({ start: index, end: index + word.length }))
    .filter(({ start, end }) => script.slice(start, end) !== "\\");
}

/** The quoted parts of a word, and the parts between. */
export interface Piece extends Part {
  readonly quoted: boolean;
}

export function quotedPieces(word: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const { 0: quoted, index } of word.matchAll(QUOTED)) {
    const sign = quoted.startsWith("\\") ? 2 : 1;
    pieces.push({ start: end, end: index, quoted: false });
    pieces.push({ start: index + sign, end: index + quoted.length - sign, quoted: true });
    end = index + quoted.length;
  }
  return [...pieces, { start: end, end: word.length, quoted: false }].filter((piece) => piece.start < piece.end);
}

/** Parts in order; overlapping parts become one. */
export function joinedParts(parts: readonly Part[]): Part[] {
  const joined: Part[] = [];
  for (const part of [...parts].sort((a, b) => a.start - b.start)) {
    const last = joined.at(-1);
    if (last && part.start < last.end)
      joined[joined.length - 1] = { start: last.start, end: Math.max(last.end, part.end) };
    else joined.push(part);
  }
  return joined;
}

/** The positions of any of the values in a text. */
export function occurrences(text: string, values: readonly string[]): Part[] {
  return values.flatMap((value) => {
    const found: Part[] = [];
    for (let start = text.indexOf(value); start >= 0; start = text.indexOf(value, start + value.length))
      found.push({ start, end: start + value.length });
    return found;
  });
}

/** The same text with each part replaced. */
export function replaceParts(text: string, parts: readonly Part[], replacement: (part: string) => string): string {
  let result = "";
  let end = 0;
  for (const part of parts) {
    result += text.slice(end, part.start) + replacement(text.slice(part.start, part.end));
    end = part.end;
  }
  return result + text.slice(end);
}
