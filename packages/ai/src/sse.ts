import { ServiceError, toProblem } from "@nexus/service";
import type { AiEvent } from "./generation";

export const sseHeaders = {
  "content-type": "text/event-stream; charset=utf-8",
  // Neither a cache nor a proxy on the way may store or buffer it.
  "cache-control": "no-store, no-transform",
  "x-accel-buffering": "no",
};

/** JSON has no line breaks outside of escapes, so one data line holds it. */
function frame(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** An answer as Server-Sent Events: one `delta` per text, then `done` or `error` (a problem). Never throws. */
export async function* toServerSentEvents(
  events: AsyncIterableIterator<AiEvent>,
  path: string,
): AsyncGenerator<string> {
  try {
    for await (const event of events) {
      if (event.type === "delta") yield frame("delta", { text: event.text });
      else yield frame("done", event.answer);
    }
  } catch (error) {
    const known = error instanceof ServiceError ? error : new ServiceError("internal");
    yield frame("error", toProblem(known, path));
  }
}
