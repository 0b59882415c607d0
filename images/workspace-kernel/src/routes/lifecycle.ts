import { requirePrincipal } from "@nexus/service";
import { changeHeaders, cloneBody, keepAliveBody, toWorkspace, workspace, workspaceParams } from "../schemas";
import { toRelayRequest } from "../ownership/relay";
import { once } from "../store/once";
import type { TransactionStores } from "../store/stores";
import { found } from "../store/workspace-store";
import * as errors from "./errors";
import { changeOnOwner, copying, idempotencyKey, ONE, type RouteContext, security, sendOnce, target } from "./context";

/** Stop, resume, keep alive and clone. */
export function registerLifecycleRoutes(context: RouteContext): void {
  const { app, authenticate: onRequest, stores, holder, router, quotas } = context;
  const tags = ["lifecycle"];
  const common = {
    tags,
    security,
    permission: "workspaces.write" as const,
    headers: changeHeaders,
    params: workspaceParams,
  };
  const show = async ({ workspaces }: TransactionStores, id: string, tenantId: string) =>
    toWorkspace(found(await workspaces.find(id, tenantId)));

  app.post(
    `${ONE}/stop`,
    { onRequest, schema: { ...common, response: { 200: workspace }, errors: errors.placed } },
    async (request, reply) => {
      const { id, tenantId } = target(request);
      return await changeOnOwner(context, request, reply, {
        mode: "any",
        ends: true,
        work: async (stores) => {
          const { epoch } = found(await stores.workspaces.find(id, tenantId));
          await stores.workspaces.release(id, epoch, "requested");
          return { status: 200, body: await show(stores, id, tenantId) };
        },
        afterwards: () => holder.stopped(id),
      });
    },
  );

  app.post(
    `${ONE}/resume`,
    { onRequest, schema: { ...common, response: { 200: workspace }, errors: errors.held } },
    async (request, reply) => {
      const { id, tenantId, plan } = target(request);
      await router.require(id, tenantId);
      await quotas.checkActive({ tenantId, plan }, id, stores.usage);
      await stores.workspaces.resume(id, tenantId);
      return await changeOnOwner(context, request, reply, {
        work: async (stores) => ({ status: 200, body: await show(stores, id, tenantId) }),
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
        work: async (stores) => {
          await stores.workspaces.keepAlive(id, seconds);
          return { status: 200, body: await show(stores, id, tenantId) };
        },
        afterwards: (held) => held?.keepAlive(seconds),
      });
    },
  );

  app.post(
    `${ONE}/clone`,
    {
      onRequest: copying(context),
      schema: {
        ...common,
        body: cloneBody,
        response: { 201: workspace },
        errors: [...errors.found, ...errors.once, "snapshot_not_found", "kernel_full", "limit_reached"],
      },
    },
    async (request, reply) => {
      const { id, tenantId } = target(request);
      const { name, snapshotId } = request.body;
      await router.require(id, tenantId);
      const key = idempotencyKey(toRelayRequest(request), tenantId, id);
      const principal = requirePrincipal(request);
      const answer = await quotas.inTurn(tenantId, () =>
        once(stores, key, async ({ workspaces, snapshots, usage }) => {
          const made = await quotas.storeInRoom(principal, usage, async () => {
            await workspaces.lock(id);
            const clone = await workspaces.insert({ tenantId, name, most: quotas.workspaces(principal) }, false);
            if (snapshotId) await snapshots.fill(id, snapshotId, clone.id);
            else await snapshots.fillFromLive(id, clone.id);
            return clone;
          });
          return { status: 201, body: toWorkspace(made) };
        }),
      );
      return sendOnce(reply, answer);
    },
  );
}
