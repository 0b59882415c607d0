import { cutText, MAX_DISPLAY_BYTES, MAX_RESULT_BYTES } from "./bounds";
import type { ExecutionOutcome, JsonValue } from "./messages";

/** What an answer says of a completion value. */
export type Value = Pick<ExecutionOutcome, "result" | "resultType" | "display" | "truncated">;

export const NO_VALUE: Value = { result: null, resultType: "error", display: "", truncated: false };

interface Described {
  readonly resultType: string;
  readonly display: string;
  readonly json: string | null;
  readonly truncated: boolean;
}

/** Reads what the prelude says of a value, and holds it to the limits once more. */
export function toValue(description: string): Value {
  const { resultType, display, json, truncated } = JSON.parse(description) as Described;
  const fits = json === null || Buffer.byteLength(json) <= MAX_RESULT_BYTES;
  const shown = cutText(display, MAX_DISPLAY_BYTES);
  return {
    result: json !== null && fits ? (JSON.parse(json) as JsonValue) : null,
    resultType,
    display: shown.text,
    truncated: truncated || shown.cut || !fits,
  };
}
