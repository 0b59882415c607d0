import { traced } from "@nexus/service";
import { z } from "zod";
import {
  changeHeaders,
  restoreBody,
  snapshot,
  snapshotBody,
  snapshotList,
  snapshotParams,
  toSnapshot,
  toWorkspace,
  workspace,
  workspaceParams,
} from "../schemas";
import * as errors from "./errors";
import { changeOnOwner, idempotencyKey, ONE, type RouteContext, security, sendOnce, target } from "./context";

/** Named snapshots of a workspace, and going back to one. */
export function registerSnapshotRoutes(context: RouteContext): void {
  const { app, authenticate: onRequest, workspaces, snapshots, holder, hub, router, idempotency } = context;
  const tags = ["snapshots"];
  const all = `${ONE}/snapshots`;

  app.get(
    all,
    {
      onRequest,
      schema: { tags, security, params: workspaceParams, response: { 200: snapshotList }, errors: errors.found },
    },
    async (request) => {
      const { id, tenantId } = target(request);
      await router.require(id, tenantId);
      return { items: (await snapshots.list(id)).map(toSnapshot) };
    },
  );

  app.post(
    all,
    {
      onRequest,
      schema: {
        tags,
        security,
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
        idempotency.once(idempotencyKey(request, id), async (trx) => ({
          status: 201,
          body: toSnapshot(await snapshots.create(trx, id, request.body.name)),
        })),
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
        headers: changeHeaders,
        params: snapshotParams,
        response: { 204: z.null() },
        errors: [...errors.found, ...errors.once, "snapshot_not_found"],
      },
    },
    async (request, reply) => {
      const { id, tenantId } = target(request);
      await router.require(id, tenantId);
      const answer = await idempotency.once(idempotencyKey(request, id), async (trx) => {
        await workspaces.lock(trx, id);
        await snapshots.delete(trx, id, request.params.snapshotId);
        return { status: 204, body: null };
      });
      return sendOnce(reply, answer);
    },
  );

  app.post(
    `${ONE}/restore`,
    {
      onRequest,
      schema: {
        tags,
        security,
        headers: changeHeaders,
        params: workspaceParams,
        body: restoreBody,
        response: { 200: workspace },
        errors: [...errors.placed, "snapshot_not_found"],
      },
    },
    async (request, reply) => {
      const { id, tenantId } = target(request);
      return await changeOnOwner(context, request, reply, {
        mode: "any",
        work: async (trx) => {
          await snapshots.restore(trx, id, request.body.snapshotId);
          return { status: 200, body: toWorkspace(await workspaces.require(trx, id, tenantId)) };
        },
        afterwards: () => {
          holder.reload(id);
          hub.publish(id, { type: "reset" });
        },
      });
    },
  );
}
