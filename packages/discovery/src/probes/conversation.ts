import type { Duplex } from "node:stream";
import { messageOf } from "@nexus/host";

/** Maximum number of bytes that a probe reads of an answer. */
export const MAX_ANSWER_BYTES = 64 * 1024;

/** Why a conversation ended before the other side answered. */
export type Failure = "silent" | "closed" | "too-long";

export class ConversationError extends Error {
  public constructor(
    public readonly failure: Failure,
    /** The bytes that had arrived by then. */
    public readonly received: Buffer,
    /** Why the connection broke, if that is known. */
    public readonly detail?: string,
  ) {
    super(failure);
    this.name = "ConversationError";
  }
}

/** Sends to a stream and reads its answer, up to a number of bytes or until a signal. */
export class Conversation {
  private received = Buffer.alloc(0);
  private ended = false;
  private broken: string | undefined;
  private wake: () => void = () => undefined;

  public constructor(
    private readonly stream: Duplex,
    private readonly signal: AbortSignal,
  ) {
    stream.on("data", (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
      // No valid answer is longer, and an endless sender must not fill the memory.
      if (this.received.length > MAX_ANSWER_BYTES) stream.destroy();
      this.wake();
    });
    stream.on("error", (error) => this.end(messageOf(error)));
    stream.on("end", () => this.end());
    stream.on("close", () => this.end());
    // A stream may have broken before there was a listener.
    if (stream.destroyed) this.end(stream.errored ? messageOf(stream.errored) : undefined);
    signal.addEventListener("abort", this.onAbort);
  }

  private end(reason?: string): void {
    this.broken ??= reason;
    this.ended = true;
    this.wake();
  }

  private readonly onAbort = () => this.wake();

  public send(bytes: Uint8Array | string): void {
    if (!this.ended) this.stream.write(bytes);
  }

  /**
   * Waits until `judge` returns a value for all bytes received so far.
   * @throws ConversationError if the answer does not come, ends early or is too long
   */
  public async read<T>(judge: (received: Buffer) => T | undefined): Promise<T> {
    for (;;) {
      const verdict = this.received.length > 0 ? judge(this.received) : undefined;
      if (verdict !== undefined) return verdict;
      if (this.received.length > MAX_ANSWER_BYTES) throw new ConversationError("too-long", this.received);
      // The signal may have ended the stream too.
      if (this.signal.aborted) throw new ConversationError("silent", this.received);
      if (this.ended) throw new ConversationError("closed", this.received, this.broken);
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  /** Discards what has arrived, before the next question. */
  public forget(): void {
    this.received = Buffer.alloc(0);
  }

  public close(): void {
    this.signal.removeEventListener("abort", this.onAbort);
    this.stream.destroy();
  }
}
