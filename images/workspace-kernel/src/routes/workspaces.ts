import { requirePrincipal } from "@nexus/service";
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
import { earlierAnswer } from "../store/once";
import { NO_WORKSPACE } from "../store/usage-store";
import * as errors from "./errors";
import {
  answeredBefore,
  BASE,
  beforeWaiting,
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
      const wanted = {
        name: request.body.name,
        most: quotas.workspaces(principal),
        mostActive: quotas.activeWorkspaces(principal),
      };
      if (!holder.hasRoom) {
        // A request that is refused, or already has an answer, needs no place.
        const earlier = await earlierAnswer(stores, key);
        if (earlier) return sendOnce(reply, earlier);
        await quotas.checkWorkspaces(principal, stores.usage);
        await quotas.checkActive(principal, NO_WORKSPACE, stores.usage);
        const answer = await router.elsewhere(asked);
        if (answer) return sendRelayed(reply, answer);
      }
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
      const earlier = await answeredBefore(stores, key);
      if (earlier) return sendOnce(reply, earlier);
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
      const workspace = target(request);
      const { id, tenantId } = workspace;
      const { code } = request.body;
      const asked = toRelayRequest(request);
      const principal = requirePrincipal(request);
      const makeTask = async (): Promise<Task> => {
        await quotas.checkStorage(principal);
        return { kind: "cell", code };
      };
      const key = idempotencyKey(asked, tenantId, id);
      const by = { metered: quotas.metered(principal), takeRoom: quotas.storing(principal), token: asked.token };
      const execute = () => holder.execute(id, makeTask, key, by);
      const first = () => beforeWaiting(context, workspace, key);
      const routed = await router.run(asked, workspace, execute, first);
      return sendRouted(reply, routed);
    },
  );
}
