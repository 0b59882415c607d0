import { Agent, fetch, type RequestInit } from "undici";

const MAX_BYTES = 2 * 1024 * 1024;

/**
 * Fetches answers of at most 2 MiB: a provider that never stops sending fills no memory.
 * @param ca trusted certificate authorities in PEM; undefined for those that Node.js knows
 */
export function createLimitedFetch(ca: string | undefined): (url: string, options: object) => Promise<Response> {
  const dispatcher = new Agent({ connect: { ca } });
  return async (url, options: RequestInit) => {
    const { body, status, headers } = await fetch(url, { ...options, dispatcher });
    const about = { status, headers: [...headers] };
    if (body === null) return new Response(null, about);
    const reader = body.getReader();
    const chunks: Uint8Array[] = [];
    let size = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return new Response(Buffer.concat(chunks), about);
      size += value.length;
      if (size > MAX_BYTES) {
        // Not waited for: the other side may not care.
        void reader.cancel().catch(() => undefined);
        throw new Error(`${new URL(url).host} answered with more than ${MAX_BYTES} bytes`);
      }
      chunks.push(value);
    }
  };
}
