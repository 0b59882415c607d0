import { randomUUID } from "node:crypto";
import { ServiceError } from "@nexus/service";
import { UpstreamFailure } from "./failure";
import type { AiRequest } from "./models";
import type { Resilience } from "./resilience";
import type { AiAnswer, FinishReason, Usage } from "./schemas";
import { addUsage, estimatePrompt, noUsage, Tally } from "./tokens";
import { callUpstream, type Provider, type UpstreamBounds } from "./upstream";

/** A piece of an answer: texts, then one `done`. */
export type AiEvent =
  | { readonly type: "delta"; readonly text: string }
  | { readonly type: "done"; readonly answer: Omit<AiAnswer, "text"> };

export interface Ending {
  /** "ok", or the code of the error that ended it. */
  readonly outcome: string;
  readonly usage: Usage;
  /** The whole answer; undefined if it is not complete. */
  readonly text?: string;
  readonly finishReason?: FinishReason;
  readonly firstTextMs?: number;
  readonly durationMs: number;
  /** Why it failed, without any text of prompt or answer. */
  readonly reason?: string;
}

export interface GenerationOptions {
  readonly request: AiRequest;
  readonly provider: Provider;
  readonly bounds: UpstreamBounds;
  readonly resilience: Resilience;
  /** The time of the whole answer, further attempts included. */
  readonly totalMs: number;
  /** Aborted when the caller disconnects. */
  readonly signal: AbortSignal;
  /** Called exactly once, however the answer ends; the answer waits for it before it reports its end. */
  readonly onEnd: (ending: Ending) => Promise<void>;
}

type Piece = { readonly type: "text"; readonly text: string } | { readonly type: "finish" };

/** One answer that is being written. It ends, and is accounted for, even if nobody reads it to the end. */
export class Generation implements AsyncIterableIterator<AiEvent> {
  /** Resolves when it has ended and is accounted for. */
  readonly ended: Promise<void>;
  readonly id = randomUUID();
  private tellEnded: () => void = () => undefined;
  private readonly controller = new AbortController();
  private readonly startedAt = performance.now();
  private readonly deadline: NodeJS.Timeout;
  private readonly leave = () => this.abort(new ServiceError("request_cancelled"));
  private spent: Usage = noUsage;
  private tally: Tally | undefined;
  private pieces: AsyncGenerator<Piece> | undefined;
  private pending: Piece | undefined;
  private sent = false;
  private firstTextMs: number | undefined;
  private finishReason: FinishReason = "stop";
  private over = false;
  private ending: Promise<Usage> | undefined;

  constructor(private readonly options: GenerationOptions) {
    const { signal, totalMs, provider } = options;
    this.ended = new Promise((resolve) => (this.tellEnded = resolve));
    const late = () => this.abort(new UpstreamFailure(provider.format.provider, "timeout", { accepted: true }));
    this.deadline = setTimeout(late, totalMs);
    signal.addEventListener("abort", this.leave, { once: true });
    if (signal.aborted) this.leave();
  }

  /**
   * Asks the provider; resolves when the first piece has arrived, so that an error before it has its own HTTP status.
   */
  async open(): Promise<void> {
    try {
      await this.untilAborted(this.options.resilience.execute(() => this.attempt()));
    } catch (error) {
      throw await this.fail(error);
    }
  }

  /** Ends the answer from outside; the reader gets the reason. */
  abort(reason: ServiceError | UpstreamFailure): void {
    if (this.controller.signal.aborted || this.ending) return;
    this.controller.abort(reason);
    void this.end(this.toServiceError(reason));
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<AiEvent, undefined>> {
    if (this.over) return { done: true, value: undefined };
    try {
      this.controller.signal.throwIfAborted();
      const piece = this.pending ?? (await this.read());
      this.pending = undefined;
      if (piece.type === "text") {
        this.sent = true;
        return { done: false, value: { type: "delta", text: piece.text } };
      }
      return { done: false, value: { type: "done", answer: await this.complete() } };
    } catch (error) {
      throw await this.fail(error);
    }
  }

  /** The reader stops early. */
  async return(): Promise<IteratorResult<AiEvent, undefined>> {
    this.leave();
    this.over = true;
    await this.ending;
    return { done: true, value: undefined };
  }

  private async attempt(): Promise<void> {
    this.controller.signal.throwIfAborted();
    const { request, provider, bounds } = this.options;
    const tally = new Tally(estimatePrompt(request));
    this.tally = tally;
    const pieces = this.readPieces(callUpstream(provider, request, bounds, this.controller.signal), tally);
    try {
      const first = await pieces.next();
      this.pending = first.done ? { type: "finish" } : first.value;
      this.pieces = pieces;
      this.firstTextMs = performance.now() - this.startedAt;
    } catch (error) {
      // A request that the provider did not accept costs nothing; the cost of accepted ones is added up over the
      // attempts.
      if (error instanceof UpstreamFailure) {
        if (error.facts.accepted) this.spent = addUsage(this.spent, tally.usage());
        this.tally = undefined;
      }
      throw error;
    }
  }

  private async *readPieces(events: ReturnType<typeof callUpstream>, tally: Tally): AsyncGenerator<Piece> {
    for await (const event of events) {
      tally.add(event);
      if (event.type === "finish") this.finishReason = event.reason;
      if (event.type === "text") yield event;
    }
  }

  private async read(): Promise<Piece> {
    const next = await this.pieces?.next();
    return !next || next.done ? { type: "finish" } : next.value;
  }

  private async complete(): Promise<Omit<AiAnswer, "text">> {
    this.over = true;
    const usage = await this.end();
    const { request } = this.options;
    const { id, finishReason } = this;
    return { id, provider: request.provider, model: request.model, finishReason, cached: false, usage };
  }

  private async fail(raw: unknown): Promise<ServiceError> {
    this.over = true;
    const error = this.toServiceError(raw);
    const usage = await this.end(error);
    if (error.code !== "stream_interrupted") return error;
    return new ServiceError(error.code, { ...error.details, extensions: { usage } });
  }

  private toServiceError(error: unknown): ServiceError {
    if (error instanceof ServiceError) return error;
    if (!(error instanceof UpstreamFailure)) return new ServiceError("internal", { cause: withoutMessage(error) });
    return this.sent ? error.toInterruption() : error.toServiceError();
  }

  private end(error?: ServiceError): Promise<Usage> {
    return (this.ending ??= this.finish(error));
  }

  private async finish(error: ServiceError | undefined): Promise<Usage> {
    const { signal, onEnd } = this.options;
    clearTimeout(this.deadline);
    signal.removeEventListener("abort", this.leave);
    const usage = this.tally ? addUsage(this.spent, this.tally.usage()) : this.spent;
    // Ends the connection. A running read was aborted before and ends first.
    void this.pieces?.return(undefined).catch(() => undefined);
    await onEnd({
      outcome: error?.code ?? "ok",
      usage,
      firstTextMs: this.firstTextMs,
      durationMs: performance.now() - this.startedAt,
      ...(error ? { reason: error.message } : { text: this.tally?.answer ?? "", finishReason: this.finishReason }),
    });
    this.tellEnded();
    return usage;
  }

  /** A wait between attempts does not see the abort signal, so this race ends it. */
  private async untilAborted<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.controller;
    return await new Promise<T>((resolve, reject) => {
      const abort = () => reject(signal.reason as Error);
      if (signal.aborted) abort();
      signal.addEventListener("abort", abort, { once: true });
      void work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
    });
  }
}

/** An unexpected error: its message may quote the answer, while its stack only names places in the code. */
function withoutMessage(error: unknown): Error {
  const clean = new Error("an error in the AI gateway");
  clean.name = error instanceof Error ? error.name : "NonError";
  const frames = error instanceof Error ? (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line)) : [];
  clean.stack = [`${clean.name}: ${clean.message}`, ...frames].join("\n");
  return clean;
}
