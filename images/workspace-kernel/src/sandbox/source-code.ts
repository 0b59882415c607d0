import type { Program } from "acorn";
import { CodeLimitError, OddComparisonError, parseCode, type ParseOptions } from "./parser";
import { ErasureError, withoutTypes } from "./typescript";

export interface SourceCode {
  /** JavaScript, in which everything is where the author wrote it. */
  readonly text: string;
  readonly program: Program;
}

/**
 * Reads JavaScript, or TypeScript whose types can be taken out. What is JavaScript is never read as TypeScript, so that
 * it means the same as ever, and costs nothing more. Throws a SyntaxError for what is neither.
 */
export function readSource(code: string, options: ParseOptions = {}): SourceCode {
  let text = code;
  try {
    return { text, program: parseCode(code, options) };
  } catch (notScript) {
    if (!(notScript instanceof SyntaxError) || notScript instanceof CodeLimitError) throw notScript;
    try {
      text = withoutTypes(code, options);
    } catch (notTypeScript) {
      const isFinal = notTypeScript instanceof ErasureError || notTypeScript instanceof CodeLimitError;
      if (!(notTypeScript instanceof SyntaxError) || isFinal) throw notTypeScript;
      if (!(notScript instanceof OddComparisonError)) throw further(notScript, notTypeScript);
    }
  }
  return { text, program: parseCode(text, { ...options, allowOddComparison: true }) };
}

/** Of two reasons why code cannot be read, the one for which more of it was read. */
function further(one: SyntaxError, other: SyntaxError): SyntaxError {
  const at = (error: SyntaxError & { readonly pos?: number }) => error.pos ?? 0;
  return at(other) > at(one) ? other : one;
}

/** A name for our own use that the code does not contain: longer than any similar name in it. */
export function unusedName(code: string, name: string): string {
  const [, ...behind] = code.split(name);
  return name + "$".repeat(behind.reduce((most, rest) => Math.max(most, rest.search(/[^$]|$/) + 1), 0));
}
