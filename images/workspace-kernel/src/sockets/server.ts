import { createServer, type IncomingMessage, type Server, STATUS_CODES } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import {
  bearerToken,
  limitReached,
  logFault,
  type Principal,
  ServiceError,
  toProblem,
  toServiceError,
  type Unread,
} from "@nexus/service";
import { type WebSocket, WebSocketServer } from "ws";
import { HOP_HEADER } from "../ownership/relay";
import { Session, type SessionSources } from "./session";

export interface PanelServerOptions extends SessionSources {
  readonly unread: Unread;
  readonly maxSockets: number;
  readonly maxSocketsPerTenant: number;
}

const SERVICE_RESTART = 1012;
/** One of the codes that applications may define: it corresponds to HTTP 403. */
const STOPPED = 4403;
const PING_MS = 30_000;
const CLOSE_GRACE_MS = 1000;
/** Request lines have only a path, and URL needs a host. */
const BASE = "http://localhost";

/** Browsers cannot set headers on a WebSocket, so the token may also come as a query parameter. */
function tokenOf(request: IncomingMessage, url: URL): string | undefined {
  return bearerToken(request.headers.authorization) ?? url.searchParams.get("token") ?? undefined;
}

function refuse(socket: Duplex, error: ServiceError, path: string): void {
  const body = JSON.stringify(toProblem(error, path));
  const reason = STATUS_CODES[error.status] ?? "";
  const head = `HTTP/1.1 ${error.status} ${reason}\r\ncontent-type: application/problem+json\r\n`;
  // The client may never close its side.
  socket.once("finish", () => socket.destroy());
  socket.end(`${head}content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`);
}

/** Accepts WebSocket connections to /panels, on a separate port and on the port of the HTTP API. */
export class PanelServer {
  private readonly sockets = new WebSocketServer({ noServer: true, maxPayload: 128 * 1024 });
  private readonly server: Server;
  private readonly pings: NodeJS.Timeout;
  private readonly byTenant = new Map<string, number>();
  private readonly silent = new WeakSet<WebSocket>();
  private readonly callers = new Map<WebSocket, Principal>();
  private closing = false;

  constructor(private readonly options: PanelServerOptions) {
    this.server = createServer((request, response) => {
      const error = new ServiceError("upgrade_required");
      response.writeHead(error.status, { "content-type": "application/problem+json", upgrade: "websocket" });
      response.end(JSON.stringify(toProblem(error, request.url?.split("?", 1)[0] ?? "/")));
    });
    // Such as a connection that cannot be taken because too many files are open.
    this.server.on("error", (error) => options.log.error({ error }, "the server of the sockets failed"));
    this.server.on("upgrade", (request, socket, head) => this.upgrade(request, socket, head));
    this.pings = setInterval(() => this.ping(), PING_MS).unref();
  }

  get connections(): number {
    return this.sockets.clients.size;
  }

  /** Resolves with the port once the server listens. */
  async listen(host: string, port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.server.once("error", reject).listen(port, host, resolve);
    });
    return (this.server.address() as AddressInfo).port;
  }

  /** Tells every client to connect again, then stops. */
  async close(): Promise<void> {
    this.closing = true;
    clearInterval(this.pings);
    for (const client of this.sockets.clients) client.close(SERVICE_RESTART, "the service restarts");
    const cut = setTimeout(() => {
      this.sockets.clients.forEach((client) => client.terminate());
      // Also those that have sent nothing.
      this.server.closeAllConnections();
    }, CLOSE_GRACE_MS);
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
      this.server.closeIdleConnections();
    });
    clearTimeout(cut);
  }

  /** Closes the sockets of those who may not work now. */
  endOf(isStopped: (caller: Principal) => boolean): void {
    for (const [client, caller] of this.callers) if (isStopped(caller)) client.close(STOPPED, "suspended");
  }

  /** Upgrades a request to a WebSocket. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => socket.destroy());
    const path = request.url ?? "/";
    // An exception in an event handler would end the process.
    if (!URL.canParse(path, BASE)) return refuse(socket, new ServiceError("bad_request"), "/");
    const url = new URL(path, BASE);
    if (url.pathname !== "/panels") return refuse(socket, new ServiceError("not_found"), url.pathname);
    this.accept(request, socket, head, url).catch((error: unknown) => {
      const known = toServiceError(error);
      if (known.code === "internal") logFault(this.options.log, "request", { error }, "a socket was not opened");
      refuse(socket, known, url.pathname);
    });
  }

  private async accept(request: IncomingMessage, socket: Duplex, head: Buffer, url: URL): Promise<void> {
    const token = tokenOf(request, url);
    const { identify, log, maxSockets } = this.options;
    const principal = await identify(token);
    // The port of the HTTP API still accepts connections while the sockets are being closed.
    if (this.closing) return refuse(socket, new ServiceError("shutting_down"), url.pathname);
    if (!principal) return refuse(socket, new ServiceError("unauthorized"), url.pathname);
    if (this.connections >= maxSockets) return refuse(socket, new ServiceError("kernel_full"), url.pathname);
    this.checkTenant(principal.tenantId);
    this.sockets.handleUpgrade(request, socket, head, (client) => {
      const { userId, tenantId } = principal;
      this.count(tenantId, 1);
      this.callers.set(client, principal);
      client.on("pong", () => this.silent.delete(client));
      client.on("error", (error) => log.warn({ userId, error }, "socket failed"));
      client.on("close", (code) => {
        this.count(tenantId, -1);
        this.callers.delete(client);
        log.info({ userId, code }, "socket closed");
      });
      log.info({ userId }, "socket opened");
      const isHop = request.headers[HOP_HEADER] !== undefined;
      const session = new Session(client, { principal, token, isHop }, this.options);
      const end = this.options.unread.add({
        tenantId: () => tenantId,
        unread: () => client.bufferedAmount,
        close: () => session.dropSlow(),
      });
      client.on("close", end);
    });
  }

  private checkTenant(tenantId: string): void {
    const [limit, usage] = [this.options.maxSocketsPerTenant, this.byTenant.get(tenantId) ?? 0];
    if (usage < limit) return;
    const fact = `A tenant may have ${limit} sockets to one pod and has ${usage}`;
    throw limitReached(fact, "close some", usage, { limit });
  }

  private count(tenantId: string, more: 1 | -1): void {
    const sockets = (this.byTenant.get(tenantId) ?? 0) + more;
    if (sockets > 0) this.byTenant.set(tenantId, sockets);
    else this.byTenant.delete(tenantId);
  }

  /** A client that did not answer the last ping is considered gone. */
  private ping(): void {
    for (const client of this.sockets.clients) {
      if (this.silent.has(client)) {
        client.terminate();
        continue;
      }
      this.silent.add(client);
      client.ping();
    }
  }
}
