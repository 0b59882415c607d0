import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Upstream {
  readonly port: number;
  readonly url: string;
  readonly received: Received[];
  readonly stop: () => Promise<void>;
}

/** Status of the service's answer on paths with this ending, instead of 200. */
const STATUS: Readonly<Record<string, number>> = { teapot: 418, "only-get": 405 };

/** A service behind nginx: answers with its name, and late on paths that end in /slow. */
export async function startUpstream(name: string, port = 0): Promise<Upstream> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const { method = "", url = "", headers } = request;
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      received.push({ method, url, headers, body });
      const status = STATUS[url.slice(url.lastIndexOf("/") + 1)] ?? 200;
      response.writeHead(status, {
        "content-type": "application/json",
        "cache-control": "public",
        ...(status === 405 ? { allow: "GET" } : {}),
      });
      setTimeout(() => response.end(JSON.stringify({ name })), url.endsWith("/slow") ? 500 : 0);
    });
  });
  server.on("upgrade", (request, socket) => {
    received.push({ method: request.method ?? "", url: request.url ?? "", headers: request.headers, body: "" });
    socket.end("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const bound = (server.address() as AddressInfo).port;
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { port: bound, url: `http://127.0.0.1:${bound}`, received, stop };
}
