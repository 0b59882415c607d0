import type { z } from "zod";
import { alternatives } from "@nexus/contract";
import { isSecretName, withoutCredentials } from "./credentials";
import { flagMeant, isNumberInQuotes, quoted } from "./fields";
import { leavesOf } from "./merge";
import { fallbackAt, keysAt, schemaNodes } from "./schema-tree";
import { closest, forStack } from "@nexus/host";

/** One problem, with its key below `nexus:` and the command that corrects it. */
export interface Problem {
  readonly path: readonly string[];
  readonly text: string;
  readonly fix: string;
}

/** A problem that one value has because of another, whose path is `because`. */
export interface Contradiction extends Problem {
  readonly because?: readonly string[];
}

/** `nexus:kernel.limits.memory`, as `pulumi config --path` takes it. */
function key(path: readonly string[]): string {
  if (path.length === 1) return `nexus:${path[0] ?? ""}`;
  const steps = path.map((step) => {
    if (/^\d+$/.test(step)) return `[${step}]`;
    return /^[^.[\]"'\\]+$/.test(step) ? `.${step}` : `["${step.replace(/["\\]/g, "\\$&")}"]`;
  });
  return `nexus:${steps.join("").replace(/^\./, "")}`;
}

/** A word quoted for a shell. Placeholders such as `<user>` and command substitutions stay unquoted. */
function shellWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word) || /^"\$\(|<\w+>/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

function keyArguments(path: readonly string[]): string {
  return path.length > 1 ? `--path '${key(path).replaceAll("'", `'\\''`)}'` : shellWord(key(path));
}

/** The command that sets a key. */
export function setCommand(path: readonly string[], value: string): string {
  // Pulumi refuses a long plain-text value if the name of its key suggests a secret.
  const plaintext = isSecretName(path.join(".")) && value.length >= 12 && !/^\d+$/.test(value) ? "--plaintext " : "";
  return `pulumi config set ${plaintext}${keyArguments(path)} ${argument(value)}`;
}

/** A value as the last argument, without credentials. */
function argument(value: string): string {
  if (withoutCredentials(value) !== value) return "<value>";
  return value.startsWith("-") ? `-- ${shellWord(value)}` : shellWord(value);
}

const TYPED = /^(?:-?\d+|true|false)$/;

/** The command that sets a text that Pulumi would read as a number or a flag. */
function setTextCommand(path: readonly string[], value: string): string {
  return `pulumi config set --type string ${keyArguments(path)} ${argument(value)}`;
}

/** The command that sets a secret. */
export function setSecretCommand(name: string, value: string): string {
  return `pulumi config set --secret nexus:${name} ${shellWord(value)}`;
}

/** The commands that replace a text with a number, a flag or a list. Pulumi alone would keep the quotes of the text. */
function replaceCommand(path: readonly string[], value: string, at = path): string {
  return `${removeCommand(path)} && ${setCommand(at, value)}`;
}

/** The commands that replace "null" with an object of one key. Pulumi cannot set a key below the text "null". */
export function setInsideCommand(path: readonly string[], name: string, value: string): string {
  return `${removeCommand(path)} && ${setCommand([...path, name], value)}`;
}

/** The command that removes a key. */
export function removeCommand(path: readonly string[]): string {
  return `pulumi config rm ${keyArguments(path)}`;
}

/** A problem as a line of text. */
export function problemLine({ path, text, fix }: Problem, stack: string): string {
  return `${key(path)}: ${text}${text.endsWith("?") ? "" : "."} Fix: ${forStack(fix, stack)}`;
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (current, step) => (typeof current === "object" && current !== null ? Reflect.get(current, step) : undefined),
    value,
  );
}

/** A value under an unknown key, shown without what may be a secret. */
function shown(path: readonly string[], value: unknown): string {
  return isSecretName(path.at(-1) ?? "") ? '"[hidden]"' : quoted(value);
}

/**
 * A key that the schema does not have.
 * @param beside the object that has the key
 */
export function unknownKey(
  schema: z.core.$ZodType,
  path: readonly string[],
  value: unknown,
  known: readonly string[] = keysAt(schema, path.slice(0, -1)),
  beside?: unknown,
): Problem {
  const near = closest(path.at(-1) ?? "", known);
  const meant = near ?? elsewhere(schema, path);
  const advice =
    meant === undefined ? `known are ${alternatives(known).replace(/ or /, " and ")}` : `did you mean "${meant}"?`;
  const text = `${shown(path, value)} is set under an unknown key; ${advice}`;
  const isFree = near !== undefined && beside !== undefined && valueAt(beside, [near]) === undefined;
  return { path, text, fix: (isFree && moveCommand(path, near, value)) || removeCommand(path) };
}

/** The commands that give a value another key beside its own; undefined for what a command cannot have or show. */
function moveCommand(path: readonly string[], name: string, value: unknown): string | undefined {
  if (!["string", "number", "boolean"].includes(typeof value) || isSecretName(path.at(-1) ?? "")) return undefined;
  const given = String(value);
  if (withoutCredentials(given) !== given) return undefined;
  const to = [...path.slice(0, -1), name];
  const set = typeof value === "string" && TYPED.test(given) ? setTextCommand : setCommand;
  return `${removeCommand(path)} && ${set(to, given)}`;
}

/** A key of another object that was probably meant: a similar one in the same section, or the same name elsewhere. */
function elsewhere(schema: z.core.$ZodType, path: readonly string[]): string | undefined {
  const typed = path.at(-1) ?? "";
  const all = schemaNodes(schema).map((node) => node.path);
  const own = all.filter(([section]) => section === path[0]);
  const near = closest(typed, [...new Set(own.map((one) => one.at(-1) ?? ""))]);
  const found = own.find((one) => one.at(-1) === near) ?? all.find((one) => one.at(-1) === typed);
  return found?.join(".");
}

/** All problems of a failed parse; `input` is what was parsed. */
export function problemsOf(schema: z.core.$ZodType, error: z.ZodError, input: unknown): Problem[] {
  return error.issues.flatMap((issue): Problem[] => {
    const path = issue.path.map(String);
    if (issue.code === "unrecognized_keys")
      return issue.keys.map((name) => {
        const beside = valueAt(input, path);
        return unknownKey(schema, [...path, name], valueAt(beside, [name]), undefined, beside);
      });
    if (issue.code === "invalid_key") return [invalidKey(path, issue.issues[0]?.message ?? issue.message)];
    const value = valueAt(input, path);
    if (issue.code === "custom" && issue.params !== undefined) {
      const fitting = issue.params.fix ?? fallbackAt(schema, path) ?? issue.params.example ?? "<value>";
      const fix = String(fitting);
      const isText = issue.params.isText === true && path.length > 1 && TYPED.test(fix);
      return [{ path, text: issue.message, fix: isText ? setTextCommand(path, fix) : fixCommand(path, value, fix) }];
    }
    if (issue.code === "invalid_type") return [wrongType(path, value, issue.expected, keysAt(schema, path))];
    if (issue.code === "invalid_value") {
      const words = issue.values.map(String);
      const meant = closest(String(value), words);
      const text = `${quoted(value)} is not known; use ${alternatives(words)}`;
      return [{ path, text, fix: meant === undefined ? removeCommand(path) : setCommand(path, meant) }];
    }
    const [inner] = issue.code === "invalid_union" ? issue.errors.flat() : [];
    return [{ path, text: `${quoted(value)} ${(inner ?? issue).message}`, fix: removeCommand(path) }];
  });
}

function fixCommand(path: readonly string[], value: unknown, fix: string): string {
  return path.length > 1 && typeof value === "string" && TYPED.test(fix)
    ? replaceCommand(path, fix)
    : setCommand(path, fix);
}

/** A value of the wrong type. The fix keeps the meaning of a text such as "8000" or "yes". */
function wrongType(path: readonly string[], value: unknown, expected: string, known: readonly string[]): Problem {
  if (value === undefined && expected !== "array")
    return { path, text: "is missing", fix: setCommand(path, "<value>") };
  switch (expected) {
    case "string":
      return notText(path, value);
    case "number":
    case "int":
      return isNumberInQuotes(value)
        ? {
            path,
            text: `${quoted(value)} is a text; write the number without quotes`,
            fix: replaceCommand(path, String(Number(value))),
          }
        : { path, text: `${quoted(value)} is not a number`, fix: removeCommand(path) };
    case "boolean": {
      const meant = flagMeant(value);
      const fix = meant === undefined ? removeCommand(path) : fixCommand(path, value, meant);
      return { path, text: `${quoted(value)} is neither true nor false`, fix };
    }
    case "array": {
      if (value === undefined)
        return { path, text: "is missing; use a list", fix: setCommand([...path, "0"], "<value>") };
      const isWord = typeof value === "string" && /^[\w./:@-]+$/.test(value);
      const fix = isWord ? replaceCommand(path, value, [...path, "0"]) : removeCommand(path);
      return { path, text: `${quoted(value)} is not a list`, fix };
    }
    default: {
      const keys = known.length > 0 ? `use the keys ${alternatives(known)}` : "set the keys in it";
      return { path, text: `${quoted(value)} is not an object; ${keys}`, fix: removeCommand(path) };
    }
  }
}

/** Pulumi makes nested objects of a key with dots if the path does not quote it. */
function notText(path: readonly string[], value: unknown): Problem {
  const leaves = leavesOf(value, []);
  const [steps, leaf] = leaves[0] ?? [[], value];
  if (leaves.length !== 1 || steps.length === 0 || typeof leaf === "object")
    return { path, text: `${quoted(value)} is not text`, fix: textFix(path, value) };
  const meant = [...path.slice(0, -1), [path.at(-1) ?? "", ...steps].join(".")];
  const fix = `${removeCommand(path)} && ${setTextCommand(meant, typeof leaf === "string" ? leaf : JSON.stringify(leaf))}`;
  return { path, text: `${quoted(value)} is not text; a key with dots needs quotes in its path`, fix };
}

function textFix(path: readonly string[], value: unknown): string {
  if (typeof value !== "number" && typeof value !== "boolean") return removeCommand(path);
  return setTextCommand(path, String(value));
}

function invalidKey(path: readonly string[], message: string): Problem {
  return { path, text: `${quoted(path.at(-1))} ${message}`, fix: removeCommand(path) };
}
