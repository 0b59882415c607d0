import type { Pattern, Program } from "acorn";
import { make, simple } from "acorn-walk";
import { place } from "./parser";

/** Throws for a statement that only files may have, or that only cells and files may have. */
export function refuse(program: Program, code: string, kind: "export" | "import", instead: string): void {
  const refused = program.body.find(({ type }) => type.startsWith(kind === "export" ? "Export" : "Import"));
  if (refused) throw new SyntaxError(`\`${kind}\` has no meaning here; ${instead} ${place(code, refused.start)}`);
}

const skip = () => undefined;
const outsideFunctions = make({ Function: skip });
export const statementsOnly = make<undefined>({ Expression: skip, Pattern: skip, Function: skip, Class: skip });
const patternsOnly = make({ Expression: skip });

/** Whether there is an `await` (or `for await`) outside of every function. */
export function hasTopLevelAwait(program: Program): boolean {
  let found = false;
  const see = () => {
    found = true;
  };
  simple(program, { AwaitExpression: see, ForOfStatement: (loop) => loop.await && see() }, outsideFunctions);
  return found;
}

/** The names that a pattern binds. */
export function boundNames(pattern: Pattern): string[] {
  if (pattern.type === "Identifier") return [pattern.name];
  const names: string[] = [];
  const name = (part: Pattern) => part.type === "Identifier" && names.push(part.name);
  simple(pattern, { Pattern: name }, patternsOnly);
  return names;
}
