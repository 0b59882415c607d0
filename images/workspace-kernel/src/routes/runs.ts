import { createHash, randomUUID } from "node:crypto";
import { requirePrincipal } from "@nexus/service";
import { cellParams, interrupted, runBody, runList, staleRuns, toRun } from "../document-schemas";
import { sendRelayed, toRelayRequest } from "../ownership/relay";
import { changeHeaders, executeResult, MAX_CODE_BYTES, workspaceParams } from "../schemas";
import type { IdempotencyKey } from "../store/idempotency-store";
import { beforeWaiting, idempotencyKey, ONE, type RouteContext, security, sendRouted, target } from "./context";
import * as errors from "./errors";

/** Runs of cells: one, all that are stale, their history, and an end of what runs. */
export function registerRunRoutes(context: RouteContext): void {
  const { app, authenticate: onRequest, stores, router, runner, holder } = context;
  const common = { tags: ["document"], security, permission: "workspaces.write" as const };
  const one = `${ONE}/document/cells/:cellId`;

  app.get(
    `${one}/runs`,
    {
      onRequest,
      schema: {
        ...common,
        permission: "workspaces.read",
        params: cellParams,
        response: { 200: runList },
        errors: [...errors.found, "cell_not_found"],
      },
    },
    async (request) => {
      const { id, tenantId } = target(request);
      await router.require(id, tenantId);
      return { items: (await stores.documents.runs(id, request.params.cellId)).map(toRun) };
    },
  );

  app.post(
    `${one}/run`,
    {
      onRequest,
      bodyLimit: MAX_CODE_BYTES * 2,
      schema: {
        ...common,
        params: cellParams,
        headers: changeHeaders,
        body: runBody,
        response: { 200: executeResult },
        errors: [...errors.executed, "cell_not_found"],
      },
    },
    async (request, reply) => {
      const workspace = target(request);
      const { id, tenantId } = workspace;
      const asked = toRelayRequest(request);
      const key = idempotencyKey(asked, tenantId, id);
      const runId = key ? idOf(key) : randomUUID();
      const caller = { principal: requirePrincipal(request), token: asked.token };
      const run = async () => {
        if (request.body) await runner.add(id, request.params.cellId, caller.principal, request.body);
        return await runner.run(id, request.params.cellId, caller, key, runId);
      };
      return sendRouted(reply, await router.run(asked, workspace, run, () => beforeWaiting(context, workspace, key)));
    },
  );

  app.post(
    `${ONE}/document/run-stale`,
    {
      onRequest,
      schema: { ...common, params: workspaceParams, response: { 200: staleRuns }, errors: errors.executed },
    },
    async (request, reply) => {
      const workspace = target(request);
      const asked = toRelayRequest(request);
      const caller = { principal: requirePrincipal(request), token: asked.token };
      const run = () => runner.runStale(workspace.id, caller);
      const first = async () => {
        await beforeWaiting(context, workspace, undefined);
        return undefined;
      };
      const routed = await router.run(asked, workspace, run, first);
      return routed.served === "here" ? routed.value : sendRelayed(reply, routed.answer);
    },
  );

  app.post(
    `${ONE}/interrupt`,
    {
      onRequest,
      schema: { ...common, params: workspaceParams, response: { 200: interrupted }, errors: errors.placed },
    },
    async (request, reply) => {
      const workspace = target(request);
      const end = async () => ({ interrupted: holder.interrupt(workspace.id) });
      const nothing = async () => undefined;
      const routed = await router.run(toRelayRequest(request), { ...workspace, mode: "any" }, end, nothing);
      return routed.served === "here" ? routed.value : sendRelayed(reply, routed.answer);
    },
  );
}

/** A request that is sent again is the same run. */
function idOf({ scope, key }: IdempotencyKey): string {
  const hash = createHash("sha256").update(`${scope}\n${key}`).digest("hex");
  // Version 8 of a UUID is one that its maker defines.
  return hash.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, "$1-$2-8$3-8$4-$5");
}
