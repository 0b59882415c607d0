import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

export interface ServerSentEvent {
  readonly event: string;
  readonly data: string;
}

/** The events of a stream whose fields have one line each, as the AI service sends them. */
export async function* readEvents(stream: Readable): AsyncGenerator<ServerSentEvent> {
  let event = "";
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
    if (line.startsWith("event: ")) event = line.slice("event: ".length);
    else if (line.startsWith("data: ")) yield { event, data: line.slice("data: ".length) };
  }
}
