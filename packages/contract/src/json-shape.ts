/**
 * Maximum nesting of JSON in requests, in messages of sockets, and in everything that code of a workspace stores or
 * returns.
 */
export const MAX_JSON_DEPTH = 100;

/** Maximum number of members of all objects together in one request or message; each new name costs time. */
export const MAX_JSON_MEMBERS = 10_000;

/** Maximum number of objects and lists in one request or message. */
export const MAX_JSON_CONTAINERS = 30_000;

const REFUSALS = {
  depth: `JSON may be nested at most ${MAX_JSON_DEPTH} levels deep`,
  members: `JSON may have at most ${MAX_JSON_MEMBERS} members of objects`,
  containers: `JSON may have at most ${MAX_JSON_CONTAINERS} objects and lists`,
};

/** Which limit the text exceeds; looks at each character at most once, and at none after that. */
function excess(text: string, members: number, containers: number): keyof typeof REFUSALS | undefined {
  let [depth, openings, names] = [0, 0, 0];
  let isString = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (isString) {
      if (character === "\\") at += 1;
      else if (character === '"') isString = false;
    } else if (character === '"') isString = true;
    else if (character === "]" || character === "}") depth -= 1;
    else if (character === ":") {
      if ((names += 1) > members) return "members";
    } else if (character === "[" || character === "{") {
      if ((depth += 1) > MAX_JSON_DEPTH) return "depth";
      if ((openings += 1) > containers) return "containers";
    }
  }
  return undefined;
}

/** Whether a text is nested too deeply to be parsed. */
export function isTooDeep(text: string): boolean {
  return excess(text, Infinity, Infinity) !== undefined;
}

/** Why the text of a request is not parsed at all; undefined if it may be. */
export function jsonRefusal(text: string): string | undefined {
  const limit = excess(text, MAX_JSON_MEMBERS, MAX_JSON_CONTAINERS);
  return limit && REFUSALS[limit];
}
