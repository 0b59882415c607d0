import { requirePrincipal, ServiceError } from "@nexus/service";
import { z } from "zod";
import {
  changeHeaders,
  executeResult,
  handler,
  handlerBody,
  handlerList,
  handlerParams,
  invokeBody,
  MAX_CODE_BYTES,
  namePage,
  panel,
  panelList,
  panelParams,
  toHandler,
  toList,
  workspaceParams,
} from "../schemas";
import { readableTexts } from "../sandbox/json";
import type { JsonTexts, JsonValue } from "../sandbox/messages";
import { toRelayRequest } from "../ownership/relay";
import * as errors from "./errors";
import { changeOnOwner, ONE, type RouteContext, security, sendRouted, target } from "./context";
import { invokeHandler } from "./invoke";

/** Handlers: named, versioned code of a workspace; and the panels that they keep. */
export function registerHandlerRoutes(context: RouteContext): void {
  const { app, authenticate: onRequest, stores, code, router, quotas, budget } = context;
  const { handlers, streams } = stores;
  const tags = ["handlers"];
  const all = `${ONE}/handlers`;
  const one = `${all}/:handler`;
  const changing = {
    tags,
    security,
    permission: "workspaces.write" as const,
    headers: changeHeaders,
    params: handlerParams,
  };

  app.get(
    all,
    {
      onRequest,
      schema: {
        tags,
        security,
        permission: "workspaces.read",
        params: workspaceParams,
        querystring: namePage,
        response: { 200: handlerList },
        errors: errors.found,
      },
    },
    async (request) => {
      const { id, tenantId } = target(request);
      await router.require(id, tenantId);
      return toList(await handlers.list(id, request.query), toHandler);
    },
  );

  app.get(
    one,
    {
      onRequest,
      schema: {
        tags,
        security,
        permission: "workspaces.read",
        params: handlerParams,
        response: { 200: handler },
        errors: [...errors.found, "handler_not_found"],
      },
    },
    async (request) => {
      const { id, tenantId } = target(request);
      await router.require(id, tenantId);
      const row = await handlers.find(id, request.params.handler);
      if (!row) throw new ServiceError("handler_not_found");
      return toHandler(row);
    },
  );

  app.put(
    one,
    {
      onRequest,
      bodyLimit: MAX_CODE_BYTES * 2,
      schema: {
        ...changing,
        body: handlerBody,
        response: { 200: handler },
        errors: [...errors.placed, "limit_reached"],
      },
    },
    async (request, reply) => {
      const { id, tenantId } = target(request);
      const { handler: name } = request.params;
      return await changeOnOwner(context, request, reply, {
        mode: "any",
        prepare: async () => {
          await code.prepare(tenantId, request.body.code);
          await budget.take(tenantId, Buffer.byteLength(request.body.code));
        },
        before: async ({ usage }) => await usage.lockStorage(tenantId),
        work: async ({ handlers, usage }) => {
          const put = async () => await handlers.put(id, { name, ...request.body });
          const most = Buffer.byteLength(request.body.code);
          const made = await quotas.storeInRoom(requirePrincipal(request), usage, put, { most });
          return { status: 200, body: toHandler(made) };
        },
        afterwards: (held) => held?.handlers.clear(),
      });
    },
  );

  app.delete(
    one,
    {
      onRequest,
      schema: { ...changing, response: { 204: z.null() }, errors: [...errors.placed, "handler_not_found"] },
    },
    async (request, reply) => {
      const { id } = target(request);
      return await changeOnOwner(context, request, reply, {
        mode: "any",
        work: async ({ handlers }) => {
          await handlers.delete(id, request.params.handler);
          return { status: 204, body: null };
        },
        afterwards: (held) => held?.handlers.clear(),
      });
    },
  );

  app.post(
    `${one}/invoke`,
    {
      onRequest,
      schema: {
        ...changing,
        body: invokeBody,
        response: { 200: executeResult },
        errors: [...errors.executed, "handler_not_found"],
      },
    },
    async (request, reply) => {
      const { handler } = request.params;
      const invocation = {
        ...target(request),
        plan: requirePrincipal(request).plan,
        handler,
        input: request.body.input,
      };
      return sendRouted(reply, await invokeHandler(context, toRelayRequest(request), invocation));
    },
  );

  app.get(
    `${ONE}/panels`,
    {
      onRequest,
      schema: {
        tags,
        security,
        permission: "workspaces.read",
        params: workspaceParams,
        response: { 200: panelList },
        errors: errors.found,
      },
    },
    async (request) => {
      const { id, tenantId } = target(request);
      await router.require(id, tenantId);
      const { seq, panels } = await streams.panels(id);
      return { seq, items: toPanels(panels) };
    },
  );

  app.get(
    `${ONE}/panels/:panel`,
    {
      onRequest,
      schema: {
        tags,
        security,
        permission: "workspaces.read",
        params: panelParams,
        response: { 200: panel },
        errors: [...errors.found, "panel_not_found"],
      },
    },
    async (request) => {
      const { id, tenantId } = target(request);
      await router.require(id, tenantId);
      const { panels } = await streams.panels(id);
      const found = toPanels(panels).find(({ name }) => name === request.params.panel);
      if (!found) throw new ServiceError("panel_not_found");
      return found;
    },
  );
}

function toPanels(panels: JsonTexts): { name: string; state: JsonValue }[] {
  return readableTexts(panels).map(({ name, value }) => ({ name, state: value }));
}
