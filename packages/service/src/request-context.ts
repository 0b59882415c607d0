import type { FastifyRequest } from "fastify";

/** Fields of every log line of a request. The path has no query, which may contain a token. */
export interface RequestContext {
  readonly path: string;
  readonly userId: string | null;
  readonly workspaceId: string | null;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function requestContext(request: FastifyRequest): RequestContext {
  const { params } = request;
  const id = typeof params === "object" && params !== null && "workspaceId" in params ? params.workspaceId : undefined;
  return {
    path: request.url.split("?", 1)[0] ?? "/",
    userId: request.principal?.userId ?? null,
    workspaceId: typeof id === "string" && UUID.test(id) ? id : null,
  };
}
