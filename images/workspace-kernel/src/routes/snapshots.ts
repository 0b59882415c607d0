import { requirePrincipal, traced } from "@nexus/service";
import { z } from "zod";
import {
  changeHeaders,
  restoreBody,
  snapshot,
  snapshotBody,
  snapshotList,
  snapshotParams,
  timePage,
  toList,
  toSnapshot,
  toWorkspace,
  workspace,
  workspaceParams,
} from "../schemas";
import { toRelayRequest } from "../ownership/relay";
import { once } from "../store/once";
import { found } from "../store/workspace-store";
import * as errors from "./errors";
import { changeOnOwner, copying, idempotencyKey, ONE, type RouteContext, security, sendOnce, target } from "./context";

/** Named snapshots of a workspace, and restoring one. */
export function registerSnapshotRoutes(context: RouteContext): void {
  const { app, authenticate: onRequest, stores, holder, hub, router, quotas } = context;
  const tags = ["snapshots"];
  const all = `${ONE}/snapshots`;

  app.get(
    all,
    {
      onRequest,
      schema: {
        tags,
        security,
        permission: "workspaces.read",
        params: workspaceParams,
        querystring: timePage,
        response: { 200: snapshotList },
        errors: errors.found,
      },
    },
    async (request) => {
      const { id, tenantId } = target(request);
      await router.require(id, tenantId);
      return toList(await stores.snapshots.list(id, request.query), toSnapshot);
    },
  );

  app.post(
    all,
    {
      onRequest: copying(context),
      schema: {
        tags,
        security,
        permission: "workspaces.write",
        headers: changeHeaders,
        params: workspaceParams,
        body: snapshotBody,
        response: { 201: snapshot },
        errors: [...errors.found, ...errors.once, "limit_reached"],
      },
    },
    async (request, reply) => {
      const { id, tenantId } = target(request);
      await router.require(id, tenantId);
      const answer = await traced("snapshot", { "nexus.workspace.id": id }, () =>
        quotas.inTurn(tenantId, () =>
          once(stores, idempotencyKey(toRelayRequest(request), tenantId, id), async (inside) => {
            const made = await quotas.storeInRoom(requirePrincipal(request), inside.usage, async () => {
              await inside.workspaces.lock(id);
              return await inside.snapshots.create(id, request.body.name);
            });
            return { status: 201, body: toSnapshot(made) };
          }),
        ),
      );
      return sendOnce(reply, answer);
    },
  );

  app.delete(
    `${all}/:snapshotId`,
    {
      onRequest,
      schema: {
        tags,
        security,
        permission: "workspaces.write",
        headers: changeHeaders,
        params: snapshotParams,
        response: { 204: z.null() },
        errors: [...errors.found, ...errors.once, "snapshot_not_found"],
      },
    },
    async (request, reply) => {
      const { id, tenantId } = target(request);
      await router.require(id, tenantId);
      const answer = await once(
        stores,
        idempotencyKey(toRelayRequest(request), tenantId, id),
        async ({ workspaces, snapshots }) => {
          await workspaces.lock(id);
          await snapshots.delete(id, request.params.snapshotId);
          return { status: 204, body: null };
        },
      );
      return sendOnce(reply, answer);
    },
  );

  app.post(
    `${ONE}/restore`,
    {
      onRequest: copying(context),
      schema: {
        tags,
        security,
        permission: "workspaces.write",
        headers: changeHeaders,
        params: workspaceParams,
        body: restoreBody,
        response: { 200: workspace },
        errors: [...errors.placed, "limit_reached", "snapshot_not_found"],
      },
    },
    async (request, reply) => {
      const { id, tenantId } = target(request);
      let version = 0;
      return await changeOnOwner(context, request, reply, {
        mode: "any",
        before: async ({ usage }) => await usage.lockStorage(tenantId),
        work: async ({ snapshots, workspaces, documents, usage }) => {
          const restore = async () => await snapshots.restore(id, request.body.snapshotId);
          await quotas.storeInRoom(requirePrincipal(request), usage, restore, { replaces: true });
          ({ version } = await documents.read(id, Number.MAX_SAFE_INTEGER));
          return { status: 200, body: toWorkspace(found(await workspaces.find(id, tenantId))) };
        },
        afterwards: () => {
          holder.reload(id);
          hub.publish(id, { type: "reset" });
          hub.publish(id, { type: "document", version });
        },
      });
    },
  );
}
