import { holdsSecret, isSecretName } from "./secrets";

/** Where secrets stand in the words of a command. */

/** A part of a word: from `start` up to, and without, `end`. */
export interface Part {
  readonly start: number;
  readonly end: number;
}

/** A value shorter or plainer than this is too often just a word, such as `postgres`. */
const SHORTEST_TELLING = 6;

/** True for a secret whose value elsewhere is no chance. */
export function isTelling(value: string): boolean {
  return value.length >= SHORTEST_TELLING && /[^a-z]/.test(value);
}

/** Flags whose next word is a secret. */
const SECRET_FLAG = /^--?(requirepass|masterauth|pass(word|wd|phrase)?|pwd|token|secret|api-?key|auth(-?token)?)$/i;
/** What announces a secret inside of a script: a header, a line of YAML, a statement in SQL. */
const ANNOUNCEMENT = /^["']?(bearer|basic)$|(^|["'_-])(password|passwd|secret|token|api-?key):$/i;
const SQL_ANNOUNCEMENT = /^(password|by)$/i;
const ASSIGNMENT = /^(-{0,2}([A-Za-z][\w.-]*)=["']?)([\s\S]*)$/;
/** References to variables, of a shell and of the kubelet. */
const REFERENCE = /\$(\w+|\{[^}]{0,200}\}|\([^)]{0,200}\))/g;
const PATH = /^\.{0,2}\/[\w./-]*$/;

/** What the flags of well-known programs mean; elsewhere the same letters mean anything. */
interface Programs {
  readonly redis: boolean;
  readonly mysql: boolean;
  readonly curl: boolean;
}

/**
 * Where secrets stand in each word of a command. A word with spaces in it is a script, whose own words are looked at.
 * @param known values that are known to be secret, whatever they look like
 */
export function secretParts(words: readonly string[], known: readonly string[] = []): Part[][] {
  const all = words.join(" ");
  const programs = {
    redis: all.includes("redis-cli"),
    mysql: /\b(mysql|mariadb)/.test(all),
    curl: /\b(curl|wget)\b/.test(all),
  };
  return words.map((word, index) =>
    /\s/.test(word) ? scriptParts(word, programs, known) : partOf(word, words[index - 1] ?? "", false, programs, known),
  );
}

function scriptParts(script: string, programs: Programs, known: readonly string[]): Part[] {
  let before = "";
  return [...script.matchAll(/\S+/g)].flatMap(({ 0: word, index }) => {
    const parts = partOf(word, before, true, programs, known);
    before = word;
    return parts.map(({ start, end }) => ({ start: index + start, end: index + end }));
  });
}

/** The secret part of one word; none or one. */
function partOf(word: string, before: string, inScript: boolean, programs: Programs, known: readonly string[]): Part[] {
  const start = inScript ? (/^["']*/.exec(word)?.[0].length ?? 0) : 0;
  let end = word.length;
  while (inScript && end > start && CLOSING.includes(word.charAt(end - 1))) end -= 1;
  const body = word.slice(start, end);
  const within = (from: number, to = body.length): Part[] =>
    from < to ? [{ start: start + from, end: start + to }] : [];
  const isOpen = (text: string) => text === "" || text.startsWith("$") || PATH.test(text);
  const assigned = ASSIGNMENT.exec(body);
  if (assigned) {
    const [, head = "", name = "", value = ""] = assigned;
    const byName = isSecretName(name.replaceAll("-", "_")) || SECRET_FLAG.test(`--${name}`);
    if ((byName && !isOpen(value)) || isSecretText(value)) return within(head.length);
  } else if (isAnnounced(word, before, inScript, programs) && !isOpen(body) && !word.startsWith("-")) {
    return within(programs.curl && USER_FLAG.test(before) ? body.indexOf(":") + 1 : 0);
  }
  const glued = programs.mysql ? /^-p["']?(?=[^$"'])/.exec(body) : undefined;
  if (glued) return within(glued[0].length);
  const found = known.find((value) => body.includes(value));
  if (found !== undefined) return within(body.indexOf(found), body.indexOf(found) + found.length);
  return isSecretText(body) ? within(0) : [];
}

/** What may follow a word of a script without a space. */
const CLOSING = `"');|&`;
const USER_FLAG = /^(-u|--user)$/;

function isAnnounced(word: string, before: string, inScript: boolean, { redis, curl }: Programs): boolean {
  if (SECRET_FLAG.test(before) || (redis && before === "-a")) return true;
  if (curl && USER_FLAG.test(before)) return word.includes(":");
  return inScript && (ANNOUNCEMENT.test(before) || (SQL_ANNOUNCEMENT.test(before) && /^["']/.test(word)));
}

/** True where a text holds a secret itself, and not just the name of a variable. */
function isSecretText(text: string): boolean {
  return holdsSecret(text.replace(REFERENCE, ""));
}

/** The same text with something else in place of each part. */
export function replaceParts(text: string, parts: readonly Part[], replacement: (part: string) => string): string {
  let result = "";
  let end = 0;
  for (const part of parts) {
    result += text.slice(end, part.start) + replacement(text.slice(part.start, part.end));
    end = part.end;
  }
  return result + text.slice(end);
}
