import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

type Wire = "openai" | "anthropic";

/** What the server does with a request. Texts are the pieces of the answer. */
export interface Script {
  readonly texts?: readonly string[];
  /** Answer with this status and an error of the wire format. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** `type` and `code` of the error. */
  readonly error?: { readonly type?: string; readonly code?: string; readonly message?: string };
  /** Sends nothing until the other side disconnects. */
  readonly silent?: boolean;
  /** After the texts: waits for this promise before it continues. */
  readonly hold?: Promise<unknown>;
  /** After the texts: never continues, breaks the connection, or ends it properly but too early. */
  readonly then?: "hang" | "reset" | "end" | "error";
  /** Sent unchanged instead of a stream. */
  readonly raw?: string;
  readonly usage?: { readonly input: number; readonly output: number } | null;
  readonly finish?: string;
}

export interface SeenRequest {
  readonly wire: Wire;
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
  /** Resolves when the connection ends: true if the answer was not sent completely. */
  readonly left: Promise<boolean>;
}

export interface FakeUpstream {
  readonly settings: { readonly OPENAI_BASE_URL: string; readonly ANTHROPIC_BASE_URL: string };
  readonly requests: SeenRequest[];
  /** The answers to the next requests, in order; after that the last one again. */
  readonly play: (...scripts: Script[]) => void;
  readonly stop: () => Promise<void>;
}

const data = (value: unknown, event?: string) =>
  `${event === undefined ? "" : `event: ${event}\n`}data: ${JSON.stringify(value)}\n\n`;

const typed = (value: { readonly type: string; readonly [field: string]: unknown }) => data(value, value.type);

interface Pieces {
  readonly start: string;
  readonly text: (text: string) => string;
  readonly error: string;
  readonly end: string;
}

function openaiPieces({ usage = { input: 11, output: 7 }, finish = "stop" }: Script): Pieces {
  const chunk = (delta: object, finish_reason: string | null = null) =>
    data({ id: "chatcmpl-1", object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason }] });
  const counts = usage && { prompt_tokens: usage.input, completion_tokens: usage.output };
  return {
    start: chunk({ role: "assistant", content: "" }),
    text: (content) => chunk({ content }),
    error: data({ error: { type: "server_error", code: null, message: "secret words of the provider" } }),
    end: `${chunk({}, finish)}${counts ? data({ choices: [], usage: counts }) : ""}data: [DONE]\n\n`,
  };
}

function anthropicPieces({ usage = { input: 11, output: 7 }, finish = "end_turn" }: Script): Pieces {
  const input = { input_tokens: usage?.input, cache_read_input_tokens: 0, output_tokens: 1 };
  return {
    start:
      typed({ type: "message_start", message: { id: "msg_1", role: "assistant", content: [], usage: input } }) +
      typed({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } }) +
      typed({ type: "ping" }),
    text: (text) => typed({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } }),
    error: typed({ type: "error", error: { type: "overloaded_error", message: "secret words" } }),
    end:
      typed({ type: "content_block_stop", index: 0 }) +
      typed({
        type: "message_delta",
        delta: { stop_reason: finish },
        usage: { output_tokens: usage?.output },
      }) +
      typed({ type: "message_stop" }),
  };
}

function errorBody(wire: Wire, { error = {} }: Script): string {
  const { type = "some_error", code = null, message = "secret words of the provider" } = error;
  return JSON.stringify(
    wire === "openai" ? { error: { type, code, message } } : { type: "error", error: { type, message } },
  );
}

async function drained(response: ServerResponse): Promise<void> {
  await new Promise<void>((resolve) => {
    const go = () => {
      response.off("drain", go).off("close", go);
      resolve();
    };
    response.on("drain", go).on("close", go);
  });
}

async function answer(wire: Wire, script: Script, response: ServerResponse): Promise<void> {
  if (script.silent) return;
  if (script.status !== undefined) {
    response.writeHead(script.status, { "content-type": "application/json", ...script.headers });
    response.end(errorBody(wire, script));
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  if (script.raw !== undefined) {
    response.end(script.raw);
    return;
  }
  const pieces = wire === "openai" ? openaiPieces(script) : anthropicPieces(script);
  response.write(pieces.start);
  for (const text of script.texts ?? ["Hello", " world"]) {
    if (response.destroyed) return;
    if (!response.write(pieces.text(text))) await drained(response);
  }
  await script.hold;
  if (script.then === "hang") return;
  // The written data must be sent before the connection breaks.
  if (script.then === "reset") response.write("", () => response.destroy());
  else if (script.then === "end") response.end();
  else if (script.then === "error") response.end(pieces.error);
  else response.end(pieces.end);
}

export interface FakeUpstreamOptions {
  /** Address to listen on. @default "127.0.0.1" */
  readonly host?: string;
  /** Port to listen on; 0 for any. @default 0 */
  readonly port?: number;
  /** Called with each request after it was read. */
  readonly onRequest?: (request: SeenRequest) => void;
}

/** A server with the wire formats of both providers, which fails in the same ways. */
export async function startFakeUpstream({
  host = "127.0.0.1",
  port = 0,
  onRequest,
}: FakeUpstreamOptions = {}): Promise<FakeUpstream> {
  const requests: SeenRequest[] = [];
  let scripts: Script[] = [{}];
  const server = createServer((request, response) => {
    const wire = request.url === "/v1/chat/completions" ? "openai" : "anthropic";
    if (wire === "anthropic" && request.url !== "/v1/messages") throw new Error(`no such path: ${request.url ?? ""}`);
    const left = new Promise<boolean>((resolve) => response.once("close", () => resolve(!response.writableFinished)));
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      const seen: SeenRequest = {
        wire,
        headers: request.headers,
        body: JSON.parse(text) as Record<string, unknown>,
        left,
      };
      requests.push(seen);
      onRequest?.(seen);
      const script = (scripts.length > 1 ? scripts.shift() : scripts[0]) ?? {};
      void answer(wire, script, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  const origin = `http://${host}:${(server.address() as AddressInfo).port}`;
  return {
    settings: { OPENAI_BASE_URL: `${origin}/v1`, ANTHROPIC_BASE_URL: origin },
    requests,
    play: (...next) => {
      scripts = [...next];
      requests.length = 0;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
