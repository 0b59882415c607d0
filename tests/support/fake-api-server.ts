import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import * as https from "node:https";
import { connect } from "node:net";
import { WebSocketServer, type WebSocket } from "ws";
import type { ClusterObjects } from "@nexus/discovery";
import { listen } from "./stand-ins/tcp-server";

/** The fault of a request: an HTTP status, or no answer at all. */
export type Fault = number | "silence";

export interface FakeApi {
  readonly url: string;
  readonly port: number;
  /** Faults by resource, such as pods or pods/portforward. */
  readonly faults: Record<string, Fault>;
  /** Requests so far, as method, path and query. */
  readonly requests: readonly string[];
  /** Ports of 127.0.0.1 by pod and container port, such as "cache-0:6379". */
  readonly podPorts: Record<string, number>;
  readonly close: () => Promise<void>;
}

/** Pages are small, so that tests read several. */
const PAGE = 2;

function list(items: readonly object[], query: URLSearchParams): object {
  const from = Number(query.get("continue") ?? 0);
  const next = from + PAGE;
  const metadata = next < items.length ? { continue: String(next) } : {};
  return { metadata, items: items.slice(from, next) };
}

/** The channels of a port-forward: data of the first port is 0, its errors 1; each begins with the port's number. */
function forward(socket: WebSocket, port: number | undefined): void {
  const open = Buffer.from([0, 0]);
  socket.send(Buffer.from([0, ...open]));
  socket.send(Buffer.from([1, ...open]));
  if (port === undefined) {
    socket.send(Buffer.concat([Buffer.from([1]), Buffer.from("connection refused inside the pod")]));
    return;
  }
  const tcp = connect(port, "127.0.0.1");
  tcp.on("data", (chunk) => socket.send(Buffer.concat([Buffer.from([0]), chunk])));
  tcp.on("error", () => socket.close()).on("close", () => socket.close());
  socket.on("message", (data: Buffer) => tcp.write(data.subarray(1)));
  socket.on("close", () => tcp.destroy());
}

/**
 * An API server with the objects of one namespace, which checks the bearer token and forwards ports to local ones.
 * @param tls for a server that speaks HTTPS
 */
export async function startFakeApi(
  objects: ClusterObjects,
  token = "good-token",
  tls?: { readonly certificate: string; readonly key: string },
): Promise<FakeApi> {
  const requests: string[] = [];
  const faults: Record<string, Fault> = {};
  const podPorts: Record<string, number> = {};
  const { namespace, services, pods, slices, nodes } = objects;
  const namespaces = ["default", "kube-system", namespace].map((name) => ({ metadata: { name } }));

  function answer(pathname: string, query: URLSearchParams): { resource: string; body: object | undefined } {
    const [, inNamespace, resource = ""] =
      /^\/(?:api|apis\/[^/]+)\/v1\/(?:namespaces\/([^/]+)\/)?([a-z]+)$/.exec(pathname) ?? [];
    const ours = inNamespace === namespace;
    const one = /^\/api\/v1\/namespaces\/([^/]+)$/.exec(pathname)?.[1];
    if (one) return { resource: "namespace", body: namespaces.find(({ metadata }) => metadata.name === one) };
    if (pathname.startsWith("/version")) return { resource: "version", body: { gitVersion: "v1.33.1" } };
    const items: Record<string, readonly object[]> = { services, pods, endpointslices: slices, nodes, namespaces };
    return { resource, body: list(inNamespace && !ours ? [] : (items[resource] ?? []), query) };
  }

  /** The fault of a request, in the order in which a server checks. */
  function faultOf(request: IncomingMessage, resource: string): Fault | undefined {
    if (faults.all) return faults.all;
    return request.headers.authorization === `Bearer ${token}` ? faults[resource] : 401;
  }

  function respond(response: ServerResponse, status: number, body: object): void {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  }

  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    requests.push(`${request.method} ${request.url}`);
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    const { resource, body } = answer(pathname, searchParams);
    const fault = faultOf(request, resource);
    if (fault === "silence") return;
    const status = fault ?? (body ? 200 : 404);
    respond(response, status, status === 200 && body ? body : { kind: "Status", code: status, message: "no" });
  };
  const server = tls ? https.createServer({ cert: tls.certificate, key: tls.key }, onRequest) : createServer(onRequest);

  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => "v4.channel.k8s.io" });
  server.on("upgrade", (request, socket, head) => {
    requests.push(`UPGRADE ${request.url}`);
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    const [, pod = ""] = /\/pods\/([^/]+)\/portforward$/.exec(pathname) ?? [];
    const fault = faultOf(request, "pods/portforward");
    if (fault === "silence") return;
    if (fault) return void socket.end(`HTTP/1.1 ${fault} No\r\ncontent-length: 0\r\n\r\n`);
    sockets.handleUpgrade(request, socket, head, (webSocket) =>
      forward(webSocket, podPorts[`${pod}:${searchParams.get("ports")}`]),
    );
  });

  const { port, close } = await listen(server);
  return { url: `http://127.0.0.1:${port}`, port, faults, requests, podPorts, close };
}
