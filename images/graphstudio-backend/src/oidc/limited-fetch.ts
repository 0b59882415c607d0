const MAX_BYTES = 2 * 1024 * 1024;

/** Fetches an answer of at most 2 MiB: a provider that never stops sending fills no memory. */
export async function limitedFetch(url: string, options: object): Promise<Response> {
  const { body, status, headers } = await fetch(url, options);
  if (body === null) return new Response(null, { status, headers });
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Response(Buffer.concat(chunks), { status, headers });
    size += value.length;
    if (size > MAX_BYTES) {
      // Not waited for: the other side may not care.
      void reader.cancel().catch(() => undefined);
      throw new Error(`${new URL(url).host} answered with more than ${MAX_BYTES} bytes`);
    }
    chunks.push(value);
  }
}
