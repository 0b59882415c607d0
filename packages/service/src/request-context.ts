import type { FastifyRequest } from "fastify";

/** Fields of every log line of a request. The path has no query, which may contain a token. */
export interface RequestContext {
  readonly path: string;
  readonly userId: string | null;
  readonly workspaceId: string | null;
}

/** Where a path may end for a reader of it: what follows may be a token, in any spelling. */
const END = /[?#;]|%(?:3f|23|3b)/i;

/** The part of a URL's path that logs and answers may hold. */
export function shownPath(url: string): string {
  return url.split(END, 1)[0] || "/";
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function requestContext(request: FastifyRequest): RequestContext {
  const { params } = request;
  const id = typeof params === "object" && params !== null && "workspaceId" in params ? params.workspaceId : undefined;
  return {
    path: shownPath(request.url),
    userId: request.principal?.userId ?? null,
    workspaceId: typeof id === "string" && UUID.test(id) ? id : null,
  };
}
