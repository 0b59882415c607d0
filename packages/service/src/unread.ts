import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { finished } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { Counter, Gauge, type Registry } from "prom-client";
import type { Logger } from "./log";

/** A connection that answers or messages are written to. */
export interface Reader {
  /** Undefined while nobody knows who reads. */
  readonly tenantId: () => string | undefined;
  /** Bytes that the client has not taken yet. */
  readonly unread: () => number;
  readonly close: () => void;
}

export interface UnreadOptions {
  /** Bytes of all clients together that may wait in this process. */
  readonly maxBytes: number;
  readonly registry: Registry;
  readonly log: Logger;
}

/** What waits for one tenant's clients. */
interface TenantReaders {
  readonly tenantId: string | undefined;
  bytes: number;
  readonly readers: { readonly reader: Reader; readonly bytes: number }[];
}

/** How often the sum is taken; in between, it may exceed the limit. */
const LOOK_MS = 100;

/** Limits what all clients of this process together leave unread, whatever each of them may leave. */
export class Unread {
  private readonly readers = new Set<Reader>();
  private readonly closed: Counter;
  private readonly timer = setInterval(() => this.look(), LOOK_MS).unref();

  constructor(private readonly options: UnreadOptions) {
    const registers = [options.registry];
    const bytes = () => this.bytes;
    new Gauge({
      name: "nexus_unread_bytes",
      help: "Bytes of answers and messages that clients have not taken yet",
      registers,
      collect() {
        this.set(bytes());
      },
    });
    this.closed = new Counter({
      name: "nexus_unread_closed_total",
      help: "Connections that were closed because all clients together left too much unread",
      registers,
    });
  }

  get bytes(): number {
    let sum = 0;
    for (const reader of this.readers) sum += reader.unread();
    return sum;
  }

  /** @returns what ends the watch */
  add(reader: Reader): () => void {
    this.readers.add(reader);
    return () => this.readers.delete(reader);
  }

  /** Beyond the limit, closes the connection with most of the tenant that leaves most, until the rest fits. */
  look(): void {
    const { maxBytes, log } = this.options;
    let sum = this.bytes;
    if (sum <= maxBytes) return;
    const tenants = this.byTenant();
    while (sum > maxBytes) {
      const most = tenants.reduce((a, b) => (b.bytes > a.bytes ? b : a));
      const worst = most.readers.pop();
      if (!worst) return;
      [most.bytes, sum] = [most.bytes - worst.bytes, sum - worst.bytes];
      this.readers.delete(worst.reader);
      this.closed.inc();
      log.warn({ tenantId: most.tenantId, bytes: worst.bytes, maxBytes }, "connection closed: too much is unread");
      worst.reader.close();
    }
  }

  close(): void {
    clearInterval(this.timer);
  }

  /** What each tenant leaves unread, with its readers, the largest last. */
  private byTenant(): TenantReaders[] {
    const tenants = new Map<string | undefined, TenantReaders>();
    for (const reader of this.readers) {
      const [tenantId, bytes] = [reader.tenantId(), reader.unread()];
      if (bytes === 0) continue;
      const tenant = tenants.get(tenantId) ?? { tenantId, bytes: 0, readers: [] };
      tenants.set(tenantId, tenant);
      tenant.bytes += bytes;
      tenant.readers.push({ reader, bytes });
    }
    for (const { readers } of tenants.values()) readers.sort((a, b) => a.bytes - b.bytes);
    return [...tenants.values()];
  }
}

/** Every connection of the application is a reader of the answers to its requests. */
export function watchAnswers(app: FastifyInstance, unread: Unread): void {
  const connections = new WeakMap<Socket, Map<ServerResponse, FastifyRequest>>();
  app.server.on("connection", (socket: Socket) => {
    const answers = new Map<ServerResponse, FastifyRequest>();
    connections.set(socket, answers);
    const end = unread.add({
      tenantId: () => [...answers.values()].find(({ principal }) => principal)?.principal?.tenantId,
      unread: () => [...answers.keys()].reduce((sum, answer) => sum + answer.writableLength, 0),
      close: () => socket.destroy(),
    });
    socket.once("close", end);
  });
  app.addHook("onRequest", (request, { raw }, done) => {
    const answers = connections.get(request.raw.socket);
    answers?.set(raw, request);
    finished(raw, () => answers?.delete(raw));
    done();
  });
  app.addHook("onClose", async () => unread.close());
}

/** Calls back once, when the answer has been sent or its connection has ended, even if its turn never came. */
export function whenAnswered(request: FastifyRequest, reply: FastifyReply, callBack: () => void): void {
  const { socket } = request.raw;
  const end = () => {
    if (!socket.listeners("close").includes(end)) return;
    socket.off("close", end);
    callBack();
  };
  // A client may send many requests before it reads an answer.
  socket.setMaxListeners(0).on("close", end);
  finished(reply.raw, end);
}
