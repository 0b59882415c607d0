import type { Duplex } from "node:stream";

/** Most bytes that a probe reads of an answer. */
export const MAX_ANSWER_BYTES = 64 * 1024;

/** Why a conversation ended before the other side had answered. */
export type Failure = "silent" | "closed" | "too-long";

export class ConversationError extends Error {
  public constructor(
    public readonly failure: Failure,
    /** What had arrived by then. */
    public readonly received: Buffer,
  ) {
    super(failure);
    this.name = "ConversationError";
  }
}

/** Sends to a stream and reads its answer, up to a number of bytes and until a signal. */
export class Conversation {
  private received = Buffer.alloc(0);
  private ended = false;
  private wake: () => void = () => undefined;

  public constructor(
    private readonly stream: Duplex,
    private readonly signal: AbortSignal,
  ) {
    stream.on("data", (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
      // One answer is never longer; a sender that does not stop must not fill the memory.
      if (this.received.length > MAX_ANSWER_BYTES) stream.destroy();
      this.wake();
    });
    // A reset is told as what it means here: the conversation is over.
    for (const event of ["end", "error", "close"])
      stream.on(event, () => {
        this.ended = true;
        this.wake();
      });
    signal.addEventListener("abort", this.onAbort);
  }

  private readonly onAbort = () => this.wake();

  public send(bytes: Uint8Array | string): void {
    if (!this.ended) this.stream.write(bytes);
  }

  /**
   * Waits until `judge` makes something of all bytes received so far.
   * @throws ConversationError when the answer does not come, ends early or is too long
   */
  public async read<T>(judge: (received: Buffer) => T | undefined): Promise<T> {
    for (;;) {
      const verdict = this.received.length > 0 ? judge(this.received) : undefined;
      if (verdict !== undefined) return verdict;
      if (this.received.length > MAX_ANSWER_BYTES) throw new ConversationError("too-long", this.received);
      if (this.ended) throw new ConversationError("closed", this.received);
      if (this.signal.aborted) throw new ConversationError("silent", this.received);
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  /** Forgets what has arrived, before the next question. */
  public forget(): void {
    this.received = Buffer.alloc(0);
  }

  public close(): void {
    this.signal.removeEventListener("abort", this.onAbort);
    this.stream.destroy();
  }
}
