import { bearerToken, type Problem, ServiceError, traced, traceHeaders } from "@nexus/service";
import type { FastifyReply, FastifyRequest } from "fastify";
import { Agent, type Dispatcher, request as send } from "undici";
import { CONNECT_TIMEOUT_MS, isGone } from "./reachability";

/** Marks a request that a pod passed on; the pod that gets it answers it and never passes it on again. */
export const HOP_HEADER = "x-nexus-hop";

/** The other pod cannot have read the request, so another pod may take over. */
export class OwnerGoneError extends Error {
  override readonly name = "OwnerGoneError";
}

/** Answers of the other pod that only mean "not here any more", so that another look-up makes sense. */
export class OwnerMovedError extends Error {
  override readonly name = "OwnerMovedError";
}

// Each request limits the time of its answer by its signal; undici's own limit would be five minutes.
const dispatcher = new Agent({ connect: { timeout: CONNECT_TIMEOUT_MS }, headersTimeout: 0, bodyTimeout: 0 });

export interface RelayOptions {
  readonly pod: string;
  readonly timeoutMs: number;
}

/** A request as it is sent to another pod. */
export interface RelayRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly token: string | undefined;
  readonly idempotencyKey: string | undefined;
  readonly ifMatch?: string | undefined;
  readonly body: unknown;
  /** Another pod passed it on. */
  readonly isHop: boolean;
}

export interface RelayAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Empty if the answer has no body. */
  readonly text: string;
}

const PASSED_BACK = ["content-type", "etag", "retry-after", "idempotency-replayed"];

export function toRelayRequest({ method, url, headers, body }: FastifyRequest): RelayRequest {
  const text = (name: string) => (typeof headers[name] === "string" ? headers[name] : undefined);
  return {
    method,
    url,
    token: bearerToken(headers.authorization),
    idempotencyKey: text("idempotency-key"),
    ifMatch: text("if-match"),
    body,
    isHop: headers[HOP_HEADER] !== undefined,
  };
}

/** Sends the answer of the other pod. */
export function sendRelayed(reply: FastifyReply, { status, headers, text }: RelayAnswer): FastifyReply {
  reply.code(status).headers(headers);
  return text === "" ? reply.send() : reply.serializer(String).send(text);
}

/** Passes a request on to the pod at `ownerUrl` with the caller's own token, and returns its answer. */
export async function relay(request: RelayRequest, ownerUrl: string, options: RelayOptions): Promise<RelayAnswer> {
  const to = { "server.address": new URL(ownerUrl).host };
  const answer = await traced("relay", to, () => ask(request, ownerUrl, options));
  if (answer.status === 503 && (JSON.parse(answer.text) as Problem).code === "owner_moved") throw new OwnerMovedError();
  return answer;
}

async function ask(request: RelayRequest, ownerUrl: string, options: RelayOptions): Promise<RelayAnswer> {
  const { method, url, token, idempotencyKey, ifMatch, body } = request;
  const hasBody = body !== undefined && body !== null;
  try {
    const response = await send(new URL(url, ownerUrl), {
      method: method as Dispatcher.HttpMethod,
      headers: {
        [HOP_HEADER]: options.pod,
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(idempotencyKey !== undefined && { "idempotency-key": idempotencyKey }),
        ...(ifMatch !== undefined && { "if-match": ifMatch }),
        ...traceHeaders(),
        ...(hasBody && { "content-type": "application/json" }),
      },
      body: hasBody ? JSON.stringify(body) : undefined,
      dispatcher,
      signal: AbortSignal.timeout(options.timeoutMs),
    });
    const headers = PASSED_BACK.map((name) => [name, response.headers[name]]).filter(
      ([, value]) => value !== undefined,
    );
    const passedBack = Object.fromEntries(headers) as Record<string, string>;
    return { status: response.statusCode, headers: passedBack, text: await response.body.text() };
  } catch (error) {
    if (isGone(error)) throw new OwnerGoneError("the owner refuses connections", { cause: error });
    throw new ServiceError("owner_unreachable", { retryAfterSeconds: 2, cause: error });
  }
}
