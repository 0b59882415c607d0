import { type App, requirePrincipal } from "@nexus/service";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { KernelMetrics } from "../metrics";
import type { WorkspaceHolder } from "../ownership/holder";
import type { WorkspaceRouter } from "../ownership/router";
import {
  createBody,
  executeBody,
  executeResult,
  MAX_CODE_BYTES,
  toWorkspace,
  workspace,
  workspaceList,
  workspaceParams,
} from "../schemas";
import type { WorkspaceStore } from "../store/workspace-store";

export interface WorkspaceRoutesOptions {
  readonly authenticate: (request: FastifyRequest) => Promise<void>;
  readonly workspaces: WorkspaceStore;
  readonly holder: WorkspaceHolder;
  readonly router: WorkspaceRouter;
  readonly metrics: KernelMetrics;
}

/** The workspace API. Every route sees only the caller's tenant. */
export function registerWorkspaceRoutes(app: App, options: WorkspaceRoutesOptions): void {
  const { authenticate: preHandler, workspaces, holder, router, metrics } = options;
  const security = [{ bearer: [] }];
  const tags = ["workspaces"];
  const base = "/api/v1/workspaces";
  const one = `${base}/:workspaceId`;

  app.post(
    base,
    { preHandler, schema: { tags, security, body: createBody, response: { 201: workspace } } },
    async (request, reply) => {
      const { tenantId } = requirePrincipal(request);
      const row = await holder.create(tenantId, request.body.name);
      if (row) return reply.code(201).send(toWorkspace(row));
      await router.elsewhere(request, reply);
      return reply;
    },
  );

  app.get(base, { preHandler, schema: { tags, security, response: { 200: workspaceList } } }, async (request) => {
    const rows = await workspaces.list(requirePrincipal(request).tenantId);
    return { items: rows.map((row) => toWorkspace(holder.overlay(row))) };
  });

  app.get(
    one,
    { preHandler, schema: { tags, security, params: workspaceParams, response: { 200: workspace } } },
    async (request) => {
      const row = await router.require(request.params.workspaceId, requirePrincipal(request).tenantId);
      return toWorkspace(holder.overlay(row));
    },
  );

  app.delete(
    one,
    { preHandler, schema: { tags, security, params: workspaceParams, response: { 204: z.null() } } },
    async (request, reply) => {
      const { workspaceId } = request.params;
      const { tenantId } = requirePrincipal(request);
      // The owner does it, so that the workspace cannot go on running there until its next heartbeat.
      if ((await router.placeWithOwner(request, reply, workspaceId, tenantId)) === "relayed") return reply;
      await workspaces.delete(workspaceId, tenantId);
      holder.drop(workspaceId);
      return reply.code(204).send(null);
    },
  );

  app.post(
    `${one}/execute`,
    {
      preHandler,
      bodyLimit: MAX_CODE_BYTES * 2,
      schema: { tags, security, params: workspaceParams, body: executeBody, response: { 200: executeResult } },
    },
    async (request, reply) => {
      const { workspaceId } = request.params;
      const { tenantId } = requirePrincipal(request);
      if ((await router.place(request, reply, workspaceId, tenantId)) === "relayed") return reply;
      const { restart, ...outcome } = await holder.execute(workspaceId, request.body.code);
      metrics.executions.inc({ outcome: outcome.error?.code ?? "success" });
      metrics.executionSeconds.observe(outcome.durationMs / 1000);
      return { ...outcome, restarted: restart !== undefined, restartReason: restart };
    },
  );
}
