/** Undefined for a field that is empty. */
export const textOrNothing = (text: string): string | undefined => (text.trim() === "" ? undefined : text.trim());

/** Undefined if the text is not a whole number. */
export function wholeNumber(text: string): number | undefined {
  const value = Number(text);
  return text.trim() === "" || !Number.isInteger(value) ? undefined : value;
}

/** Each line as a key and its value; undefined where there is none. */
export function pairsOf(text: string): Record<string, string> | undefined {
  const pairs = text.split("\n").flatMap((line): [string, string][] => {
    const [key = "", ...value] = line.split("=");
    return key.trim() === "" ? [] : [[key.trim(), value.join("=").trim()]];
  });
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs);
}

export const linesOf = (pairs: Readonly<Record<string, string>> = {}): string =>
  Object.entries(pairs)
    .map(([key, value]) => `${key}=${value}`)
    .join("\n");
