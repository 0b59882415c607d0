import type * as kubernetes from "@kubernetes/client-node";
import { Agent, type Dispatcher } from "undici";
import type { LookupFunction } from "node:net";
import { type ClientOptions, WebSocket } from "ws";
import { type AddressRules, guardedLookup, requireServer } from "./address-rules";
import { ApiRefusal } from "./api-refusal";
import { ClusterError } from "./cluster-error";
import type { ClusterCredential } from "./kubeconfig";

export interface TransportOptions {
  readonly rules: AddressRules;
  /** Maximum time until the server begins its answer, and between two parts of it. */
  readonly timeoutMs: number;
  /** Maximum size of one answer. */
  readonly maxAnswerBytes: number;
  /** @default looks up names and checks all of their addresses */
  readonly lookup?: LookupFunction;
}

/** A message of a socket; the rest of a longer answer is another message. */
const MAX_MESSAGE_BYTES = 1024 * 1024;

/** A server that gave no answer, or an answer that cannot be used. The message has no credentials. */
export class ConnectionError extends Error {
  public override readonly name = "ConnectionError";
}

export interface ApiRequest extends Omit<Dispatcher.RequestOptions, "origin" | "path" | "headers"> {
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Dispatcher.ResponseData["body"];
}

/**
 * Sends requests to one API server: only over connections whose address was checked when they were made, without
 * redirects, and with limits of time and size.
 */
export class ApiTransport {
  private readonly agent: Agent;
  private readonly tls: ClientOptions & { readonly lookup: LookupFunction };
  private readonly sockets = new Set<WebSocket>();

  public constructor(
    private readonly credential: ClusterCredential,
    private readonly options: TransportOptions,
  ) {
    const { authority, serverName, insecure, login } = credential;
    const { rules, timeoutMs, maxAnswerBytes, lookup = guardedLookup(rules) } = options;
    this.tls = {
      lookup,
      ...(authority === undefined ? {} : { ca: authority }),
      ...(serverName === undefined ? {} : { servername: serverName }),
      rejectUnauthorized: !insecure,
      ...("certificate" in login ? { cert: login.certificate, key: login.key } : {}),
    };
    this.agent = new Agent({
      connect: { ...this.tls, timeout: timeoutMs },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      maxResponseSize: maxAnswerBytes,
    });
  }

  /**
   * @param path below the server's own path, with its query
   * @throws ClusterError if the address is forbidden; ConnectionError if there is no answer
   */
  public async request(path: string, { headers, ...request }: ApiRequest): Promise<ApiAnswer> {
    const { origin, pathname } = this.url();
    const answer = await told(
      this.agent.request({
        ...request,
        origin,
        path: `${pathname === "/" ? "" : pathname}${path}`,
        headers: { ...headers, ...this.authorization() },
      }),
    );
    const text = Object.entries(answer.headers).map(([name, value]) => [name, String(value)] as const);
    return { status: answer.statusCode, headers: Object.fromEntries(text), body: answer.body };
  }

  /**
   * Opens a WebSocket, with the same checks. It is paused, so that its first message waits for a listener.
   * @param signal ends the attempt
   * @throws ApiRefusal if the server refuses it; ClusterError and ConnectionError as with {@link request}
   */
  public async socket(path: string, protocol: string, signal: AbortSignal): Promise<WebSocket> {
    const url = this.url();
    url.protocol = "wss:";
    const { timeoutMs: handshakeTimeout } = this.options;
    const socket = new WebSocket(`${url.href.replace(/\/$/, "")}${path}`, protocol, {
      ...this.tls,
      headers: this.authorization(),
      handshakeTimeout,
      maxPayload: MAX_MESSAGE_BYTES,
      perMessageDeflate: false,
    });
    this.sockets.add(socket);
    const giveUp = () => socket.terminate();
    socket.once("close", () => this.sockets.delete(socket));
    if (signal.aborted) giveUp();
    signal.addEventListener("abort", giveUp, { once: true });
    try {
      await told(
        new Promise((resolve, reject) => {
          socket.once("open", () => {
            socket.pause();
            resolve(socket);
          });
          socket.on("error", reject);
          socket.once("unexpected-response", (request, { statusCode = 0 }) => {
            request.destroy();
            reject(new ApiRefusal(statusCode, String(statusCode), `HTTP ${statusCode}`));
          });
        }),
      );
      return socket;
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  }

  private url(): URL {
    requireServer(this.credential.server, this.options.rules);
    return new URL(this.credential.server);
  }

  private authorization(): Record<string, string> {
    const { login } = this.credential;
    return "token" in login ? { authorization: `Bearer ${login.token}` } : {};
  }

  /** The same requests for the clients of the Kubernetes library. */
  public library(client: typeof kubernetes): kubernetes.Configuration["httpApi"] {
    return client.wrapHttpLibrary({
      send: async (context) => {
        const { pathname, search } = new URL(context.getUrl());
        const body = context.getBody();
        const answer = await this.request(`${pathname}${search}`, {
          method: context.getHttpMethod() as Dispatcher.HttpMethod,
          headers: context.getHeaders(),
          body: typeof body === "string" ? body : undefined,
          signal: context.getSignal(),
        });
        const bytes = readAll(answer);
        // The library reads it later, or never.
        bytes.catch(() => undefined);
        return new client.ResponseContext(answer.status, answer.headers, {
          binary: () => bytes,
          text: async () => (await bytes).toString("utf8"),
        });
      },
    });
  }

  /** Ends all connections, also of requests that run. */
  public async close(): Promise<void> {
    for (const socket of this.sockets) socket.terminate();
    await this.agent.destroy();
  }
}

/** The whole body of an answer. @throws ConnectionError if it ends too early or is too large */
export async function readAll({ body }: ApiAnswer): Promise<Buffer> {
  return Buffer.from(await told(body.arrayBuffer()));
}

/** Errors of a connection, without what they may know about the request. */
async function told<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof ClusterError || error instanceof ApiRefusal ? error : new ConnectionError(reasonOf(error));
  }
}

/** In words of Node.js and undici; none of them repeats what was sent. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "it closed the connection",
  ENOTFOUND: "its host name does not exist",
  EAI_AGAIN: "its host name cannot be looked up at the moment",
  EHOSTUNREACH: "no network leads to it",
  ENETUNREACH: "no network leads to it",
  UND_ERR_CONNECT_TIMEOUT: "it did not answer in time",
  UND_ERR_HEADERS_TIMEOUT: "it did not answer in time",
  UND_ERR_BODY_TIMEOUT: "it stopped in the middle of its answer",
  UND_ERR_RES_EXCEEDED_MAX_SIZE: "its answer is too large",
  UND_ERR_SOCKET: "it closed the connection",
  AbortError: "the request was given up",
  TimeoutError: "it did not answer in time",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is not of the authority in the kubeconfig",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is not of the authority in the kubeconfig",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate is not of the authority in the kubeconfig",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its certificate is not of the authority in the kubeconfig",
  CERT_HAS_EXPIRED: "its certificate has expired",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name",
};

function reasonOf(error: unknown): string {
  const { code, name = "unknown reason" } = error as { code?: string | number; name?: string };
  return REASONS[code ?? name] ?? REASONS[name] ?? String(code ?? name);
}
