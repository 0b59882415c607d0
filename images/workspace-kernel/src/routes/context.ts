import { createHash } from "node:crypto";
import { type App, requirePrincipal } from "@nexus/service";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { WorkspaceRouter } from "../ownership/router";
import type { IdempotencyKey, OnceAnswer } from "../store/idempotency-store";
import type { Stores } from "../store/stores";
import type { CodeCache } from "../workspaces/code-cache";
import type { WorkspaceHolder } from "../workspaces/holder";
import type { WorkspaceHub } from "../workspaces/hub";

type RouteStores = Pick<Stores, "workspaces" | "snapshots" | "handlers" | "streams" | "settings" | "idempotency">;

/** What the routes work with. */
export interface RouteContext extends RouteStores {
  readonly app: App;
  readonly authenticate: (request: FastifyRequest) => Promise<void>;
  readonly code: CodeCache;
  readonly holder: WorkspaceHolder;
  readonly hub: WorkspaceHub;
  readonly router: WorkspaceRouter;
}

export const BASE = "/api/v1/workspaces";
export const ONE = `${BASE}/:workspaceId`;

export const security = [{ bearer: [] }];

/** The caller's tenant and the workspace of the path. */
export function target(request: FastifyRequest): { readonly id: string; readonly tenantId: string } {
  const { workspaceId } = request.params as { workspaceId: string };
  return { id: workspaceId, tenantId: requirePrincipal(request).tenantId };
}

/** The request's key, if it has one; `scope` is its workspace or its tenant. */
export function idempotencyKey(request: FastifyRequest, scope: string): IdempotencyKey | undefined {
  const key = request.headers["idempotency-key"];
  if (typeof key !== "string") return undefined;
  const requestHash = createHash("sha256")
    .update(JSON.stringify([request.method, request.url, request.body ?? null]))
    .digest("hex");
  return { scope, key, requestHash };
}

/** Sends what a change answered, now or when it was made. */
export function sendOnce(reply: FastifyReply, answer: OnceAnswer | undefined): FastifyReply {
  if (!answer) return reply;
  if (answer.replayed) reply.header("idempotency-replayed", "true");
  return reply.code(answer.status).send(answer.body);
}
