import { type ExecutionOutcome, type JsonValue, type LogLevel, logLevels, type LogLine } from "./messages";

/** How much of an execution's output is kept; the rest is dropped and the answer says so. */
export const MAX_LOG_LINES = 200;
export const MAX_LOG_BYTES = 64 * 1024;
export const MAX_RESULT_BYTES = 256 * 1024;
export const MAX_DISPLAY_BYTES = 32 * 1024;
export const MAX_ERROR_BYTES = 8 * 1024;

/** Cuts a text to a number of UTF-8 bytes, never inside a character. */
export function cutText(text: string, maxBytes: number): { readonly text: string; readonly cut: boolean } {
  if (text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes) return { text, cut: false };
  const bytes = Buffer.from(text.slice(0, maxBytes));
  let end = Math.min(maxBytes, bytes.length);
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return { text: bytes.subarray(0, end).toString(), cut: true };
}

/** Lines that one execution printed, up to the limits. */
export class LogBuffer {
  private kept: LogLine[] = [];
  private bytes = 0;
  private anyCut = false;
  private leftOut = 0;

  get lines(): readonly LogLine[] {
    return this.kept;
  }

  /** A line was cut or left out. */
  get truncated(): boolean {
    return this.anyCut || this.leftOut > 0;
  }

  /** Lines that were left out. */
  get dropped(): number {
    return this.leftOut;
  }

  /** Bytes that the next line may have; reading 0 means that the caller drops a line. */
  get left(): number {
    const left = this.kept.length < MAX_LOG_LINES ? Math.max(0, MAX_LOG_BYTES - this.bytes) : 0;
    if (left === 0) this.leftOut += 1;
    return left;
  }

  add(level: string, message: string): void {
    const { text, cut } = cutText(message, MAX_LOG_BYTES - this.bytes);
    this.anyCut ||= cut;
    this.bytes += Buffer.byteLength(text);
    this.kept.push({ level: logLevels.find((known): known is LogLevel => known === level) ?? "log", message: text });
  }

  clear(): void {
    this.kept = [];
    this.bytes = 0;
    this.anyCut = false;
    this.leftOut = 0;
  }
}

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
