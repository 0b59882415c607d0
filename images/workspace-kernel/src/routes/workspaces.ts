import { requirePrincipal, ServiceError } from "@nexus/service";
import { z } from "zod";
import {
  changeHeaders,
  createBody,
  executeBody,
  executeResult,
  MAX_CODE_BYTES,
  timePage,
  toList,
  toWorkspace,
  workspace,
  workspaceList,
  workspaceParams,
} from "../schemas";
import { sendRelayed, toRelayRequest } from "../ownership/relay";
import type { Task } from "../sandbox/messages";
import * as errors from "./errors";
import {
  BASE,
  changeOnOwner,
  idempotencyKey,
  ONE,
  type RouteContext,
  security,
  sendOnce,
  sendRouted,
  target,
} from "./context";

/** Workspaces themselves, and code that runs in them. Every route sees only the caller's tenant. */
/** The owner checks the key, after it is known whose workspace it is. */
function unlessReused(error: unknown): undefined {
  if (error instanceof ServiceError && error.code === "idempotency_key_reused") return undefined;
  throw error;
}

export function registerWorkspaceRoutes(context: RouteContext): void {
  const { app, authenticate: onRequest, stores, holder, router, quotas } = context;
  const tags = ["workspaces"];

  app.post(
    BASE,
    {
      onRequest,
      schema: {
        tags,
        security,
        permission: "workspaces.write",
        headers: changeHeaders,
        body: createBody,
        response: { 201: workspace },
        errors: [...errors.once, "kernel_full", "owner_unreachable", "limit_reached"],
      },
    },
    async (request, reply) => {
      const principal = requirePrincipal(request);
      const { tenantId } = principal;
      const asked = toRelayRequest(request);
      const key = idempotencyKey(asked, tenantId);
      const wanted = { name: request.body.name, most: quotas.workspaces(principal) };
      const answer = holder.hasRoom ? undefined : await router.elsewhere(asked);
      if (answer) return sendRelayed(reply, answer);
      const create = () => holder.create(principal, wanted, key, toWorkspace);
      return sendOnce(reply, await quotas.inTurn(tenantId, create));
    },
  );

  app.get(
    BASE,
    {
      onRequest,
      schema: {
        tags,
        security,
        permission: "workspaces.read",
        querystring: timePage,
        response: { 200: workspaceList },
        errors: errors.stored,
      },
    },
    async (request) => {
      const page = await stores.workspaces.list(requirePrincipal(request).tenantId, request.query);
      return toList(page, (row) => toWorkspace(holder.overlay(row)));
    },
  );

  app.get(
    ONE,
    {
      onRequest,
      schema: {
        tags,
        security,
        permission: "workspaces.read",
        params: workspaceParams,
        response: { 200: workspace },
        errors: errors.found,
      },
    },
    async (request) => {
      const { id, tenantId } = target(request);
      return toWorkspace(holder.overlay(await router.require(id, tenantId)));
    },
  );

  app.delete(
    ONE,
    {
      onRequest,
      schema: {
        tags,
        security,
        permission: "workspaces.write",
        headers: changeHeaders,
        params: workspaceParams,
        response: { 204: z.null() },
        errors: errors.placed,
      },
    },
    async (request, reply) => {
      const { id, tenantId } = target(request);
      const key = idempotencyKey(toRelayRequest(request), tenantId, id);
      // A repeated request finds the workspace deleted, but its first answer still stored.
      const earlier = key && (await stores.idempotency.find(key).catch(unlessReused));
      if (earlier) return sendOnce(reply, { ...earlier, replayed: true });
      // The owner deletes it, so that the workspace does not run there until the next heartbeat.
      return await changeOnOwner(context, request, reply, {
        mode: "any",
        ends: true,
        work: async ({ workspaces }) => {
          await workspaces.delete(id, tenantId);
          return { status: 204, body: null };
        },
        afterwards: () => holder.drop(id, { type: "stopped", reason: "deleted" }),
      });
    },
  );

  app.post(
    `${ONE}/execute`,
    {
      onRequest,
      bodyLimit: MAX_CODE_BYTES * 2,
      schema: {
        tags,
        security,
        permission: "workspaces.write",
        headers: changeHeaders,
        params: workspaceParams,
        body: executeBody,
        response: { 200: executeResult },
        errors: errors.executed,
      },
    },
    async (request, reply) => {
      const { id, tenantId } = target(request);
      const { code } = request.body;
      const asked = toRelayRequest(request);
      const principal = requirePrincipal(request);
      const makeTask = async (): Promise<Task> => {
        await quotas.checkStorage(principal, stores.usage);
        return { kind: "cell", code };
      };
      const routed = await router.run(asked, { id, tenantId }, () =>
        holder.execute(id, makeTask, idempotencyKey(asked, tenantId, id), quotas.metered(principal)),
      );
      return sendRouted(reply, routed);
    },
  );
}
