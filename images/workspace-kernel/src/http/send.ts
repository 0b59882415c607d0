import * as http from "node:http";
import * as https from "node:https";
import { isIP } from "node:net";
import { HttpCallError, type HttpRequest, type HttpResponse, MAX_URL } from "./request";

const MAX_RESPONSE_BYTES = 1024 * 1024;
/** Headers for one origin that must not reach another. */
const SECRET = /^(?:authorization|cookie)$/i;
/** Headers that describe a body. */
const OF_BODY = /^content-(?:encoding|language|location|type)$/i;

/** The request that follows a redirect. */
export function redirected(request: HttpRequest, from: URL, status: number, location: string): HttpRequest {
  if (location.length > MAX_URL || !URL.canParse(location, from))
    throw new HttpCallError("failed", "the redirect has no valid location");
  const to = new URL(location, from);
  const becomesGet =
    status === 303 ? !/^(?:GET|HEAD)$/.test(request.method) : status < 303 && request.method === "POST";
  const isDropped = (name: string) =>
    (to.origin !== from.origin && SECRET.test(name)) || (becomesGet && OF_BODY.test(name));
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !isDropped(name)));
  return { ...request, url: to.href, headers, ...(becomesGet ? { method: "GET", body: undefined } : {}) };
}

/** Sends a request to an address and reads the whole response. */
export async function send(
  request: HttpRequest,
  url: URL,
  address: string,
  signal: AbortSignal,
): Promise<Omit<HttpResponse, "isRedirected">> {
  const client = url.protocol === "https:" ? https : http;
  const family = isIP(address);
  // Without its length, the server would read the body of a GET as the next request.
  const length = request.body === undefined ? {} : { "content-length": Buffer.byteLength(request.body) };
  return await new Promise((resolve, reject) => {
    const fail = (message: string, cause?: Error) => reject(new HttpCallError("failed", message, { cause }));
    const outgoing = client.request(url, {
      method: request.method,
      headers: { "user-agent": "nexus-workspace", "accept-encoding": "identity", ...request.headers, ...length },
      agent: false,
      signal,
      lookup: (_host, options, callback) => {
        if (options.all) callback(null, [{ address, family }]);
        else callback(null, address, family);
      },
    });
    outgoing.on("error", (error: NodeJS.ErrnoException) => fail(`${url.host}: ${error.code ?? error.message}`, error));
    outgoing.once("response", (incoming) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      incoming.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MAX_RESPONSE_BYTES) {
          outgoing.destroy();
          fail(`the response has more than ${MAX_RESPONSE_BYTES} bytes`);
        } else {
          chunks.push(chunk);
        }
      });
      incoming.on("error", (error) => fail(`${url.host}: ${error.message}`, error));
      incoming.once("end", () => {
        const headers = Object.entries(incoming.headers).map(([name, value]) => [name, [value].flat().join(", ")]);
        const { rawHeaders: raw } = incoming;
        resolve({
          status: incoming.statusCode ?? 0,
          statusText: incoming.statusMessage ?? "",
          headers: Object.fromEntries(headers) as Record<string, string>,
          headerLines: raw.flatMap((name, at) => (at % 2 === 0 ? [[name, raw[at + 1] ?? ""] as const] : [])),
          body: Buffer.concat(chunks),
          url: url.href,
        });
      });
    });
    outgoing.end(request.body);
  });
}
