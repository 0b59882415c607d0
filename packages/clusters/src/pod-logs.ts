import { type ApiAnswer, type ApiTransport, readAll } from "./api-transport";
import { refusalOf } from "./api-refusal";

export interface LogRequest {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string | undefined;
  /** Of the container that ran before, which crashed. @default false */
  readonly previous?: boolean;
  /** Number of lines from the end. */
  readonly tail: number;
  /** Goes on with new lines until the signal. @default false */
  readonly follow?: boolean;
  readonly signal?: AbortSignal;
}

/** Lines of a pod are cut here: a program may write one without an end. */
const MAX_LINE = 16 * 1024;

/** Lines of a container's log, as they come. @throws ApiRefusal, ConnectionError */
export async function podLogs(transport: ApiTransport, request: LogRequest): Promise<AsyncGenerator<string>> {
  const { namespace, pod, container, previous = false, tail, follow = false, signal } = request;
  const query = new URLSearchParams({ tailLines: String(tail), previous: String(previous), follow: String(follow) });
  if (container !== undefined) query.set("container", container);
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/log?${query}`;
  // A program may be silent for long.
  const answer = await transport.request(path, { method: "GET", signal, ...(follow && { bodyTimeout: 0 }) });
  if (answer.status !== 200) throw refusalOf(answer.status, (await readAll(answer)).toString("utf8"));
  return linesOf(answer.body, signal);
}

async function* linesOf(body: ApiAnswer["body"], signal: AbortSignal | undefined): AsyncGenerator<string> {
  let rest = "";
  const decoder = new TextDecoder();
  try {
    for await (const piece of body) {
      const lines = (rest + decoder.decode(piece as Uint8Array, { stream: true })).split("\n");
      rest = (lines.pop() ?? "").slice(0, MAX_LINE);
      for (const line of lines) yield line.slice(0, MAX_LINE);
    }
  } catch (error) {
    // Whoever follows the log ends it; everybody else is told.
    if (!signal?.aborted) throw error;
  }
  if (rest !== "") yield rest;
}
