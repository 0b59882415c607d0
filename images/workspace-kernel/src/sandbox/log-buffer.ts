import { cutText, MAX_LOG_BYTES, MAX_LOG_LINES } from "./bounds";
import { type LogLevel, logLevels, type LogLine } from "./messages";

/** Lines that one execution printed, up to the limits. */
export class LogBuffer {
  private kept: LogLine[] = [];
  private bytes = 0;
  private asked = false;

  get lines(): readonly LogLine[] {
    return this.kept;
  }

  /** A line was cut or left out. */
  get truncated(): boolean {
    return this.asked;
  }

  /** Bytes that the next line may have; reading 0 means that the caller drops a line. */
  get left(): number {
    const left = this.kept.length < MAX_LOG_LINES ? Math.max(0, MAX_LOG_BYTES - this.bytes) : 0;
    if (left === 0) this.asked = true;
    return left;
  }

  add(level: string, message: string): void {
    const { text, cut } = cutText(message, MAX_LOG_BYTES - this.bytes);
    this.asked ||= cut;
    this.bytes += Buffer.byteLength(text);
    this.kept.push({ level: logLevels.find((known): known is LogLevel => known === level) ?? "log", message: text });
  }

  clear(): void {
    this.kept = [];
    this.bytes = 0;
    this.asked = false;
  }
}
