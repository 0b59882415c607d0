import { errorCode } from "@nexus/service";
import { createParser } from "eventsource-parser";
import { type FailureFacts, type FailureKind, UpstreamFailure } from "./failure";
import type { AiRequest } from "./models";
import { retryAfterMs } from "./retry-after";
import type { WireEvent, WireFormat } from "./wire/format";

export interface Provider {
  readonly format: WireFormat;
  readonly baseUrl: string;
  readonly key: string;
}

export interface UpstreamBounds {
  readonly firstByteMs: number;
  readonly idleMs: number;
  readonly maxBytes: number;
}

/** Maximum size that is read of an error's body, which is enough to find its code. */
const ERROR_BODY_BYTES = 64 * 1024;

type Chunk = { readonly done: boolean; readonly value?: Uint8Array };

/** One request to a provider with its timeouts; each timeout ends the connection. */
class Exchange {
  private readonly controller = new AbortController();
  private readonly unlink: () => void;
  private reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  private accepted = false;
  private received = 0;

  constructor(
    private readonly provider: Provider,
    private readonly bounds: UpstreamBounds,
    private readonly signal: AbortSignal,
  ) {
    const abort = () => this.controller.abort();
    signal.addEventListener("abort", abort, { once: true });
    this.unlink = () => signal.removeEventListener("abort", abort);
  }

  failure(kind: FailureKind, facts: FailureFacts = {}): UpstreamFailure {
    return new UpstreamFailure(this.provider.format.provider, kind, { accepted: this.accepted, ...facts });
  }

  /** Sends the request; returns when the provider has accepted it. */
  async open(request: AiRequest): Promise<void> {
    const { format, baseUrl, key } = this.provider;
    this.signal.throwIfAborted();
    const sending = fetch(`${baseUrl}${format.path}`, {
      method: "POST",
      headers: { ...format.headers(key), "content-type": "application/json", accept: "text/event-stream" },
      body: JSON.stringify(format.body(request)),
      // A redirect would send the key to another server.
      redirect: "error",
      signal: this.controller.signal,
    });
    const response = await this.within(this.bounds.firstByteMs, sending);
    this.reader = response.body?.getReader();
    if (!response.ok) {
      const body = parseJson(await this.errorBody());
      const facts = { status: response.status, retryAfterMs: retryAfterMs(response.headers) };
      throw this.failure(format.failure(response.status, body), facts);
    }
    this.accepted = true;
  }

  /** The next bytes; undefined at the end. */
  async read(): Promise<Uint8Array | undefined> {
    if (!this.reader) return undefined;
    const ms = this.received === 0 ? this.bounds.firstByteMs : this.bounds.idleMs;
    const { done, value } = await this.within<Chunk>(ms, this.reader.read());
    if (done || !value) return undefined;
    this.received += value.byteLength;
    if (this.received > this.bounds.maxBytes) throw this.failure("tooLarge");
    return value;
  }

  close(): void {
    this.unlink();
    this.controller.abort();
  }

  private async errorBody(): Promise<string> {
    const decoder = new TextDecoder();
    let text = "";
    try {
      for (let chunk = await this.read(); chunk && this.received <= ERROR_BODY_BYTES; chunk = await this.read()) {
        text += decoder.decode(chunk, { stream: true });
      }
    } catch {
      // The status alone is enough.
    }
    return text;
  }

  private async within<T>(ms: number, work: Promise<T>): Promise<T> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.controller.abort();
    }, ms);
    try {
      return await work;
    } catch (error) {
      this.signal.throwIfAborted();
      if (late) throw this.failure("timeout", { accepted: true });
      throw this.failure(this.accepted ? "cut" : "connection", { systemCode: systemCode(error) });
    } finally {
      clearTimeout(timer);
    }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** fetch hides the real error in `cause`. Only its code, such as ECONNRESET, is used. */
function systemCode(error: unknown): string | undefined {
  const code = errorCode(error instanceof Error ? (error.cause ?? error) : error);
  return /^[A-Z][A-Z_]{2,40}$/.test(code) ? code : undefined;
}

async function* decode(exchange: Exchange, format: WireFormat, maxBytes: number): AsyncGenerator<WireEvent> {
  const decoder = new TextDecoder();
  const events: WireEvent[] = [];
  const parser = createParser({
    maxBufferSize: Math.min(maxBytes, 1024 * 1024),
    onEvent: ({ data }) => events.push(...format.read(data)),
    onError: ({ type }) => {
      if (type === "max-buffer-size-exceeded") throw exchange.failure("tooLarge");
    },
  });
  for (let chunk = await exchange.read(); chunk; chunk = await exchange.read()) {
    let failure: UpstreamFailure | undefined;
    try {
      parser.feed(decoder.decode(chunk, { stream: true }));
    } catch (error) {
      // The message of the original error would quote the answer.
      failure = error instanceof UpstreamFailure ? error : exchange.failure("malformed");
    }
    yield* events.splice(0);
    if (failure) throw failure;
  }
}

/**
 * Asks a provider and yields what it sends, until the answer is complete. Throws an UpstreamFailure if the answer stays
 * incomplete, or the reason of `signal`. Leaving the loop ends the connection.
 */
export async function* callUpstream(
  provider: Provider,
  request: AiRequest,
  bounds: UpstreamBounds,
  signal: AbortSignal,
): AsyncGenerator<WireEvent> {
  const exchange = new Exchange(provider, bounds, signal);
  let finished = false;
  try {
    await exchange.open(request);
    for await (const event of decode(exchange, provider.format, bounds.maxBytes)) {
      if (event.type === "failed") throw exchange.failure(event.kind);
      if (event.type === "end") break;
      finished ||= event.type === "finish";
      yield event;
    }
    if (!finished) throw exchange.failure("cut");
  } catch (error) {
    signal.throwIfAborted();
    // The text is complete; only the usage may be missing.
    if (!finished) throw error;
  } finally {
    exchange.close();
  }
}
