import type { z } from "zod";
import { alternatives } from "@nexus/contract";
import { quoted } from "./fields";
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
  return `nexus:${path.join(".")}`;
}

/** The command that sets a key. */
export function setCommand(path: readonly string[], value: string): string {
  return path.length > 1
    ? `pulumi config set --path '${key(path)}' ${value}`
    : `pulumi config set ${key(path)} ${value}`;
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
  const command = stack === "dev" ? fix : fix.replace(/^pulumi config (set|rm) /, `pulumi config $1 --stack ${stack} `);
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
    if (issue.code === "custom") {
      const fitting = issue.params?.fix ?? fallbackAt(schema, path) ?? issue.params?.example ?? "<value>";
      return [{ path, text: issue.message, fix: setCommand(path, String(fitting)) }];
    }
    const value = valueAt(input, path);
    if (issue.code === "invalid_type" && issue.expected === "string")
      return [
        {
          path,
          text: `${quoted(value)} is no text`,
          fix: setCommand(path, `--plaintext --type string ${quoted(value)}`),
        },
      ];
    const known = keysAt(schema, path);
    return [
      { path, text: `${quoted(value)} is no object; use the keys ${alternatives(known)}`, fix: removeCommand(path) },
    ];
  });
}
