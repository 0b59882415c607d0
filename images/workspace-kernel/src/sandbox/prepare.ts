import { factsOf } from "./cell-facts";
import { type ExecutionOutcome, failedOutcome, type JsonValue, outcomeOf } from "./messages";
import { CellError, transformHandler, transformSource } from "./transform";

/**
 * Parses the code of a handler; the result is its script. The outcome says that no instance is left, because none was
 * used.
 */
export function prepare(code: string, timeoutMs: number): ExecutionOutcome {
  const startedAt = performance.now();
  try {
    const script = transformSource(transformHandler, code, timeoutMs);
    return outcomeOf(script, performance.now() - startedAt, true);
  } catch (error) {
    if (!(error instanceof CellError)) throw error;
    return failedOutcome(error.error, performance.now() - startedAt, true);
  }
}

/** Reads cells; the result is a list of facts. */
export function readCells(codes: readonly string[], timeoutMs: number): ExecutionOutcome {
  const startedAt = performance.now();
  const facts = factsOf(codes, timeoutMs);
  return outcomeOf(facts as unknown as JsonValue, performance.now() - startedAt, true);
}
