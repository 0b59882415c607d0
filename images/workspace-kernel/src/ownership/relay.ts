import { bearerToken, type Problem, ServiceError, traced, traceHeaders } from "@nexus/service";
import type { FastifyReply, FastifyRequest } from "fastify";
import { Agent, fetch, type Response } from "undici";
import { CONNECT_TIMEOUT_MS, isGone } from "./reachability";

/** Marks a request that a pod passed on; a pod that gets it answers itself and never passes it on again. */
export const HOP_HEADER = "x-nexus-hop";

/** The other pod cannot have seen the request, so somebody else may take its place. */
export class OwnerGoneError extends Error {
  override readonly name = "OwnerGoneError";
}

/** Answers of the other pod that only mean "not here any more", so that asking again makes sense. */
export class OwnerMovedError extends Error {
  override readonly name = "OwnerMovedError";
}

// How long an answer may take is up to each request, which says so by its signal; undici would give up after five minutes.
const dispatcher = new Agent({ connect: { timeout: CONNECT_TIMEOUT_MS }, headersTimeout: 0, bodyTimeout: 0 });

export interface RelayOptions {
  readonly pod: string;
  readonly timeoutMs: number;
}

const PASSED_BACK = ["retry-after", "idempotency-replayed"];

function idempotencyHeader(request: FastifyRequest): Record<string, string> {
  const key = request.headers["idempotency-key"];
  return typeof key === "string" ? { "idempotency-key": key } : {};
}

function target(request: FastifyRequest, ownerUrl: string): string {
  return new URL(request.url, ownerUrl).href;
}

/** Passes a request on to the pod at `ownerUrl` with the caller's own token, and its answer back. */
export async function relay(
  request: FastifyRequest,
  reply: FastifyReply,
  ownerUrl: string,
  options: RelayOptions,
): Promise<FastifyReply> {
  const to = { "server.address": new URL(ownerUrl).host };
  const { response, body } = await traced("relay", to, () => ask(request, ownerUrl, options));
  if (response.status === 503 && (JSON.parse(body) as Problem).code === "owner_moved") throw new OwnerMovedError();
  for (const name of PASSED_BACK) {
    const value = response.headers.get(name);
    if (value) reply.header(name, value);
  }
  reply.code(response.status).serializer((text: unknown) => String(text));
  const type = response.headers.get("content-type");
  return body === "" ? reply.send() : reply.type(type ?? "application/json").send(body);
}

async function ask(
  request: FastifyRequest,
  ownerUrl: string,
  options: RelayOptions,
): Promise<{ readonly response: Response; readonly body: string }> {
  const token = bearerToken(request.headers.authorization);
  const hasBody = request.body !== undefined && request.body !== null;
  try {
    const response = await fetch(target(request, ownerUrl), {
      method: request.method,
      headers: {
        [HOP_HEADER]: options.pod,
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...idempotencyHeader(request),
        ...traceHeaders(),
        ...(hasBody ? { "content-type": "application/json" } : {}),
      },
      body: hasBody ? JSON.stringify(request.body) : undefined,
      redirect: "error",
      dispatcher,
      signal: AbortSignal.timeout(options.timeoutMs),
    });
    return { response, body: await response.text() };
  } catch (error) {
    if (isGone(error)) throw new OwnerGoneError("the owner refuses connections", { cause: error });
    throw new ServiceError("owner_unreachable", { retryAfterSeconds: 2, cause: error });
  }
}
