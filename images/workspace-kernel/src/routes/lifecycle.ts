import type { Transaction } from "kysely";
import { changeHeaders, cloneBody, keepAliveBody, toWorkspace, workspace, workspaceParams } from "../schemas";
import type { KernelTables } from "../store/tables";
import * as errors from "./errors";
import { changeOnOwner, idempotencyKey, ONE, type RouteContext, security, sendOnce, target } from "./context";

/** Stop, resume, keep alive and clone. */
export function registerLifecycleRoutes(context: RouteContext): void {
  const { app, authenticate: onRequest, workspaces, snapshots, holder, router, idempotency } = context;
  const tags = ["lifecycle"];
  const common = { tags, security, headers: changeHeaders, params: workspaceParams };
  const show = async (trx: Transaction<KernelTables>, id: string, tenantId: string) =>
    toWorkspace(await workspaces.require(trx, id, tenantId));

  app.post(
    `${ONE}/stop`,
    { onRequest, schema: { ...common, response: { 200: workspace }, errors: errors.placed } },
    async (request, reply) => {
      const { id, tenantId } = target(request);
      return await changeOnOwner(context, request, reply, {
        mode: "any",
        work: async (trx) => {
          const { epoch } = await workspaces.require(trx, id, tenantId);
          await workspaces.release(id, epoch, "requested", trx);
          return { status: 200, body: await show(trx, id, tenantId) };
        },
        afterwards: () => holder.stopped(id),
      });
    },
  );

  app.post(
    `${ONE}/resume`,
    { onRequest, schema: { ...common, response: { 200: workspace }, errors: errors.held } },
    async (request, reply) => {
      const { id, tenantId } = target(request);
      await router.require(id, tenantId);
      await workspaces.resume(id, tenantId);
      return await changeOnOwner(context, request, reply, {
        work: async (trx) => ({ status: 200, body: await show(trx, id, tenantId) }),
      });
    },
  );

  app.put(
    `${ONE}/keep-alive`,
    { onRequest, schema: { ...common, body: keepAliveBody, response: { 200: workspace }, errors: errors.held } },
    async (request, reply) => {
      const { id, tenantId } = target(request);
      const { seconds } = request.body;
      return await changeOnOwner(context, request, reply, {
        work: async (trx) => {
          await workspaces.keepAlive(trx, id, seconds);
          return { status: 200, body: await show(trx, id, tenantId) };
        },
        afterwards: (held) => held?.keepAlive(seconds),
      });
    },
  );

  app.post(
    `${ONE}/clone`,
    {
      onRequest,
      schema: {
        ...common,
        body: cloneBody,
        response: { 201: workspace },
        errors: [...errors.found, ...errors.once, "snapshot_not_found", "kernel_full"],
      },
    },
    async (request, reply) => {
      const { id, tenantId } = target(request);
      const { name, snapshotId } = request.body;
      await router.require(id, tenantId);
      const answer = await idempotency.once(idempotencyKey(request, id), async (trx) => {
        const made = await workspaces.insert(trx, { id: workspaces.newId(), tenantId, name }, false);
        if (snapshotId) await snapshots.fill(trx, id, snapshotId, made.id);
        else await snapshots.fillFromLive(trx, id, made.id);
        return { status: 201, body: toWorkspace(made) };
      });
      return sendOnce(reply, answer);
    },
  );
}
