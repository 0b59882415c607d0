import type { z } from "zod";
import { alternatives } from "@nexus/contract";
import { flagMeant, isNumberInQuotes, quoted } from "./fields";
import { fallbackAt, keysAt } from "./schema-tree";
import { closest } from "@nexus/host";

/** One thing that is wrong, with the key below `nexus:` and the command that mends it. */
export interface Problem {
  readonly path: readonly string[];
  readonly text: string;
  readonly fix: string;
}

/** `nexus:kernel.limits.memory`, as `pulumi config --path` takes it. */
function key(path: readonly string[]): string {
  if (path.length === 1) return `nexus:${path[0] ?? ""}`;
  const steps = path.map((step) => {
    if (/^\d+$/.test(step)) return `[${step}]`;
    return /^[^.[\]"']+$/.test(step) ? `.${step}` : `["${step}"]`;
  });
  return `nexus:${steps.join("").replace(/^\./, "")}`;
}

/** The command that sets a key. */
export function setCommand(path: readonly string[], value: string): string {
  return path.length > 1
    ? `pulumi config set --path '${key(path)}' ${value}`
    : `pulumi config set ${key(path)} ${value}`;
}

/** The commands that put a number, a flag or a list where a text is: Pulumi keeps the quotes of a value that it changes. */
function replaceCommand(path: readonly string[], value: string, at = path): string {
  return `${removeCommand(path)} && ${setCommand(at, value)}`;
}

/** The command that removes a key. */
export function removeCommand(path: readonly string[]): string {
  return path.length > 1 ? `pulumi config rm --path '${key(path)}'` : `pulumi config rm ${key(path)}`;
}

/**
 * A problem as people read it. Dev is the stack that is selected after `npm run up`; a command for any other names its
 * stack, or it would mend the wrong file.
 */
export function problemLine({ path, text, fix }: Problem, stack: string): string {
  const command =
    stack === "dev" ? fix : fix.replace(/(?<=^|&& )pulumi config (set|rm) /g, `pulumi config $1 --stack ${stack} `);
  return `${key(path)}: ${text}${text.endsWith("?") ? "" : "."} Fix: ${command}`;
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (current, step) => (typeof current === "object" && current !== null ? Reflect.get(current, step) : undefined),
    value,
  );
}

/** A key that the schema does not have. */
export function unknownKey(path: readonly string[], value: unknown, known: readonly string[]): Problem {
  const meant = closest(path.at(-1) ?? "", known);
  const advice =
    meant === undefined ? `known are ${alternatives(known).replace(/ or /, " and ")}` : `did you mean "${meant}"?`;
  return { path, text: `${quoted(value)} is set under an unknown key; ${advice}`, fix: removeCommand(path) };
}

/** All problems of a failed parse; `input` is what was parsed. */
export function problemsOf(schema: z.core.$ZodType, error: z.ZodError, input: unknown): Problem[] {
  return error.issues.flatMap((issue): Problem[] => {
    const path = issue.path.map(String);
    if (issue.code === "unrecognized_keys")
      return issue.keys.map((name) =>
        unknownKey([...path, name], valueAt(input, [...path, name]), keysAt(schema, path)),
      );
    const value = valueAt(input, path);
    if (issue.code === "custom" && issue.params !== undefined) {
      const fitting = issue.params.fix ?? fallbackAt(schema, path) ?? issue.params.example ?? "<value>";
      return [{ path, text: issue.message, fix: fixCommand(path, value, String(fitting)) }];
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
  const isTyped = /^(-?\d+|true|false)$/.test(fix);
  return path.length > 1 && typeof value === "string" && isTyped ? replaceCommand(path, fix) : setCommand(path, fix);
}

/** A value of another type: a text that says what is meant keeps its meaning. */
function wrongType(path: readonly string[], value: unknown, expected: string, known: readonly string[]): Problem {
  switch (expected) {
    case "string":
      return {
        path,
        text: `${quoted(value)} is not text`,
        fix: setCommand(path, `--type string ${quoted(value)}`),
      };
    case "number":
    case "int":
      return isNumberInQuotes(value)
        ? {
            path,
            text: `${quoted(value)} is a text; write the number without quotes`,
            fix: replaceCommand(path, value),
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
