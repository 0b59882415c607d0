import * as http from "node:http";
import type { Duplex } from "node:stream";
import { ConversationError, type Failure, MAX_ANSWER_BYTES } from "./conversation";
import { excerpt, messageOf } from "@nexus/host";
import { stranger } from "./stranger";
import { confirmed, refuted, unconfirmed, type Probe, type ProbeResult } from "./types";

const MAX_HEADER_BYTES = 16 * 1024;

interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

/** Text that Node.js adds to the error for an answer that is not HTTP. */
interface ParseError extends Error {
  readonly code?: string;
  readonly rawPacket?: Buffer;
}

/** GET / over a stream, with Node's own parser; reads the body up to a limit. */
async function get(stream: Duplex, signal: AbortSignal): Promise<Answer | ProbeResult> {
  return await new Promise((resolve, reject) => {
    let beginning = Buffer.alloc(0);
    let received = 0;
    const request = http.request({
      createConnection: () => stream,
      path: "/",
      headers: { Host: "nexus-discovery", Accept: "application/json", Connection: "close" },
      maxHeaderSize: MAX_HEADER_BYTES,
    });
    const give = (failure: Failure, detail?: string) => reject(new ConversationError(failure, beginning, detail));
    stream.on("error", (error) => give("closed", messageOf(error)));
    if (stream.destroyed) give("closed", stream.errored ? messageOf(stream.errored) : undefined);
    signal.addEventListener("abort", () => give("silent"), { once: true });
    request.on("error", (error: ParseError) => {
      if (error.rawPacket && error.rawPacket.length > 0) resolve(stranger(error.rawPacket));
      // "socket hang up" only says that the connection is over.
      else give("closed", error.code === "ECONNRESET" && !stream.errored ? undefined : messageOf(error));
    });
    request.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        received += chunk.length;
        beginning = Buffer.concat([beginning, chunk]).subarray(0, 64);
        if (received > MAX_ANSWER_BYTES) give("too-long");
      });
      response.on("error", () => give("closed"));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }));
    });
    request.end();
  });
}

function judge({ status, body }: Answer): ProbeResult {
  const text = body.toString("utf8");
  if ((status === 401 || status === 403) && /api[- ]?key/i.test(text))
    return unconfirmed(`answered HTTP ${status}: requires an API key`);
  if (status !== 200) return refuted(`answered HTTP ${status}, not Qdrant's greeting`);
  let greeting: unknown;
  try {
    greeting = JSON.parse(text);
  } catch {
    return refuted("answered like an HTTP server, but not with Qdrant's greeting");
  }
  const { title, version } = (greeting ?? {}) as { title?: unknown; version?: unknown };
  if (typeof title !== "string" || typeof version !== "string" || !/^qdrant\b/i.test(title))
    return refuted("answered like an HTTP server, but not with Qdrant's greeting");
  return confirmed(`answers GET /: version ${excerpt(version)}`);
}

/** Asks for the greeting with title and version, which Qdrant gives without an API key. */
export const probeQdrant: Probe = async (connect, signal) => {
  const stream = await connect();
  try {
    const answer = await get(stream, signal);
    return "verdict" in answer ? answer : judge(answer);
  } finally {
    stream.on("error", () => undefined);
    stream.destroy();
  }
};
