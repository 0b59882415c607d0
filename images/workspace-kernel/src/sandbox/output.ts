import { readJson } from "./json";
import { type ExecutionError, type ExecutionOutcome, type LogLevel, logLevels, type LogLine } from "./messages";

/** How much of an execution's output is kept; the rest is dropped and the answer says so. */
export const MAX_LOG_LINES = 200;
export const MAX_LOG_BYTES = 64 * 1024;
export const MAX_RESULT_BYTES = 256 * 1024;
export const MAX_DISPLAY_BYTES = 32 * 1024;
export const MAX_ERROR_BYTES = 8 * 1024;

/** Limit of `resultType` and of the name of an error. */
const MAX_WORD_BYTES = 256;
const MAX_GROUPS = 20;

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
  private groups = 0;
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

  /** Maximum size of the next line in bytes. A caller that reads 0 drops its line. */
  get left(): number {
    const left = this.kept.length < MAX_LOG_LINES ? Math.max(0, MAX_LOG_BYTES - this.bytes) : 0;
    if (left === 0) this.leftOut += 1;
    return left;
  }

  indent(change: number): void {
    this.groups = Math.max(0, Math.min(MAX_GROUPS, this.groups + change));
  }

  add(level: string, message: string): void {
    const left = MAX_LOG_BYTES - this.bytes;
    // Cut first: each line grows by its indent.
    const line = cutText(message, left);
    const indented = this.groups > 0 ? line.text.replace(/^/gm, "  ".repeat(this.groups)) : line.text;
    const { text, cut } = cutText(indented, left);
    this.anyCut ||= line.cut || cut;
    this.bytes += Buffer.byteLength(text);
    this.kept.push({ level: logLevels.find((known): known is LogLevel => known === level) ?? "log", message: text });
  }

  clear(): void {
    this.kept = [];
    this.bytes = 0;
    this.anyCut = false;
    this.groups = 0;
    this.leftOut = 0;
  }
}

/** What an answer says about a completion value. */
export type Value = Pick<ExecutionOutcome, "result" | "resultType" | "display" | "truncated">;

export const NO_VALUE: Value = { result: null, resultType: "error", display: "", truncated: false };

const textOf = (value: unknown, maxBytes: number) => cutText(typeof value === "string" ? value : "", maxBytes);

/** Parses the prelude's description of a value and applies the limits again. */
export function toValue(description: string): Value {
  const { resultType, display, json, truncated } = JSON.parse(description) as Readonly<Record<string, unknown>>;
  const fits = typeof json === "string" && Buffer.byteLength(json) <= MAX_RESULT_BYTES;
  const result = fits ? readJson(json) : undefined;
  const shown = textOf(display, MAX_DISPLAY_BYTES);
  return {
    result: result ?? null,
    resultType: textOf(resultType, MAX_WORD_BYTES).text,
    display: shown.text,
    truncated: truncated === true || shown.cut || (typeof json === "string" && result === undefined),
  };
}

/** The same for a thrown value. */
export function toError(description: string): Omit<ExecutionError, "code"> {
  const { name, message, stack } = JSON.parse(description) as Readonly<Record<string, unknown>>;
  return {
    name: textOf(name, MAX_WORD_BYTES).text,
    message: textOf(message, MAX_ERROR_BYTES).text,
    stack: textOf(stack, MAX_ERROR_BYTES).text,
  };
}
