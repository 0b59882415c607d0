import type { ComposeProblem } from "./problem";
import type { SecretTest } from "./interpolate";
import { type Lookup, substitute, TemplateError } from "./template";
import { mark, withoutMarks } from "./tree";

/** A line of an env file. `value` is undefined for a bare name, whose value comes from the environment. */
interface Assignment {
  readonly name: string;
  readonly value: string | undefined;
  /** True for a value in single quotes or in a raw file, where dollar signs have no meaning. */
  readonly literal: boolean;
  readonly line: number;
}

const ASSIGNMENT = /^\s*(?:export\s+)?([A-Za-z0-9_.[\]-]+)\s*(?:([=:])([\s\S]*))?$/;
/** The characters that a backslash produces in double quotes; a dollar sign stays one. */
const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  '"': '"',
  "\\": "\\",
  $: "$$",
};

/**
 * Reads an env file as compose does. The usual package for such files does not tell single quotes from double ones, and
 * only values without single quotes are interpolated.
 * @param isSecret tells which variables make a value secret that they are part of
 * @param raw the file's `format: raw`: values are taken as they are
 */
export function readEnvFile(
  text: string,
  file: string,
  lookup: Lookup,
  isSecret: SecretTest,
  raw = false,
): { values: Record<string, string>; secret: ReadonlySet<string>; problems: ComposeProblem[] } {
  const values = new Map<string, string>();
  const secret = new Set<string>();
  const write = (name: string, value: string) =>
    secret.has(name) || isSecret(name, value) ? mark(name, value) : value;
  const problems: ComposeProblem[] = [];
  const problem = (line: number, message: string, fix?: string) =>
    problems.push({ place: { file, line, column: 1 }, key: "", text: message, fix });
  for (const { name, value, literal, line } of assignments(text, raw, problem)) {
    if (value === undefined) {
      const found = lookup(name);
      if (found !== undefined) values.set(name, found);
      continue;
    }
    try {
      const find: Lookup = (variable) => lookup(variable) ?? values.get(variable);
      const marked = literal ? value : substitute(value, { lookup: find, write });
      const plain = literal ? value : withoutMarks(marked);
      values.set(name, plain);
      if (plain !== marked) secret.add(name);
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      problem(line, `${name}: ${error.message}`, error.fix);
    }
  }
  return { values: Object.fromEntries(values), secret, problems };
}

function assignments(text: string, raw: boolean, problem: (line: number, text: string, fix?: string) => void) {
  const found: Assignment[] = [];
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  for (let index = 0; index < lines.length; index += 1) {
    const line = index + 1;
    const first = lines[index] ?? "";
    if (/^\s*(#|$)/.test(first)) continue;
    const quote = raw ? "" : (/^[^=:#'"]*[=:]\s*(['"])/.exec(first)?.[1] ?? "");
    // A quoted value may continue over several lines.
    let rest = first.slice(first.indexOf(quote) + quote.length);
    while (!closes(rest, quote) && index + 1 < lines.length) {
      index += 1;
      rest = lines[index] ?? "";
    }
    const match = ASSIGNMENT.exec(lines.slice(line - 1, index + 1).join("\n"));
    if (!match || !closes(rest, quote)) {
      const text = match ? "a quoted value does not end" : "is not NAME=value";
      problem(line, text, match ? `add a ${quote}` : "write NAME=value, or # in front of a comment");
      continue;
    }
    found.push({ name: match[1] ?? "", line, ...valueOf(match[3], raw) });
  }
  return found;
}

/** Whether a quoted value ends in this part of it, which is at most one line; without a quote it does. */
function closes(part: string, quote: string): boolean {
  return part.replace(/\\./g, "").includes(quote);
}

function valueOf(text: string | undefined, raw: boolean): Pick<Assignment, "value" | "literal"> {
  if (text === undefined) return { value: undefined, literal: true };
  if (raw) return { value: text, literal: true };
  const value = text.trim();
  const single = /^'((?:\\[\s\S]|[^\\'])*)'/.exec(value);
  if (single) return { value: (single[1] ?? "").replace(/\\([\s\S])/g, escapedQuote), literal: true };
  const double = /^"((?:\\[\s\S]|[^\\"])*)"/.exec(value);
  if (double) return { value: (double[1] ?? "").replace(/\\(0[0-3][0-7]{2}|[\s\S])/g, unescaped), literal: false };
  // A comment has a space before it: `#` may begin a value.
  return { value: text.replace(/(?<!\s)\s+#.*$/, "").trim(), literal: false };
}

function escapedQuote(all: string, letter: string): string {
  return letter === "'" ? letter : all;
}

function unescaped(all: string, letter: string): string {
  return letter.length > 1 ? String.fromCharCode(Number.parseInt(letter, 8)) : (ESCAPES[letter] ?? all);
}
