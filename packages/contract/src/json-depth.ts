/**
 * Maximum nesting of JSON in requests, in messages of sockets, and in everything that code of a workspace stores or
 * returns.
 */
export const MAX_JSON_DEPTH = 100;

export const TOO_DEEP_TEXT = `JSON may be nested at most ${MAX_JSON_DEPTH} levels deep`;

/** Whether a text is nested too deeply to be parsed; looks at each character once. */
export function isTooDeep(text: string): boolean {
  let depth = 0;
  let isString = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (isString) {
      if (character === "\\") at += 1;
      else if (character === '"') isString = false;
    } else if (character === '"') isString = true;
    else if (character === "[" || character === "{") depth += 1;
    else if (character === "]" || character === "}") depth -= 1;
    if (depth > MAX_JSON_DEPTH) return true;
  }
  return false;
}
