import { cutText, MAX_ERROR_BYTES } from "./bounds";
import type { ExecutionError } from "./messages";
import { type Cell, transformCell } from "./transform";

/** The code ended without a value; carries what the answer says about it. */
export class CellError extends Error {
  constructor(readonly error: ExecutionError) {
    super(error.message);
  }
}

/** Prepares a cell; a CellError says that it is not JavaScript. */
export function transformSource(source: string): Cell {
  try {
    return transformCell(source);
  } catch (error) {
    // A RangeError is nesting too deep for the parser; for its author that is a fault of the code as well.
    const message = error instanceof SyntaxError ? error.message : "The code is nested too deeply";
    throw new CellError({
      code: "syntax_error",
      name: "SyntaxError",
      message: cutText(message, MAX_ERROR_BYTES).text,
      stack: "",
    });
  }
}
