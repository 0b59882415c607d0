import { z } from "zod";
import { cell, cellBody, cellParams, moveBody, newCellBody, order, toCell, versionHeaders } from "../document-schemas";
import { changeHeaders, MAX_CODE_BYTES, workspaceParams } from "../schemas";
import { ONE, type RouteContext, security } from "./context";
import { editDocument, expectedVersion } from "./edit";
import * as errors from "./errors";

/** Single changes of a document: to add, write, move and remove a cell. */
export function registerCellRoutes(context: RouteContext): void {
  const { app, authenticate: onRequest } = context;
  const common = { tags: ["document"], security, permission: "workspaces.write" as const };
  const bodyLimit = MAX_CODE_BYTES * 2;
  const all = `${ONE}/document/cells`;
  const one = `${all}/:cellId`;

  app.post(
    all,
    {
      onRequest,
      bodyLimit,
      schema: {
        ...common,
        params: workspaceParams,
        headers: changeHeaders,
        body: newCellBody,
        response: { 201: cell },
        errors: [...errors.edited, "edit_conflict"],
      },
    },
    async (request, reply) =>
      await editDocument(context, request, reply, async ({ documents }, by) => {
        const { after, id, ...content } = request.body;
        const { version, cell } = await documents.add(request.params.workspaceId, content, by, after, id);
        return { version, status: 201, body: toCell(cell) };
      }),
  );

  app.put(
    one,
    {
      onRequest,
      bodyLimit,
      schema: {
        ...common,
        params: cellParams,
        headers: versionHeaders,
        body: cellBody,
        response: { 200: cell },
        errors: [...errors.edited, "cell_not_found", "edit_conflict"],
      },
    },
    async (request, reply) =>
      await editDocument(context, request, reply, async ({ documents }, by) => {
        const { workspaceId, cellId } = request.params;
        const changed = await documents.change(workspaceId, cellId, request.body, by, expectedVersion(request));
        return { version: changed.version, status: 200, body: toCell(changed.cell) };
      }),
  );

  app.post(
    `${one}/move`,
    {
      onRequest,
      schema: {
        ...common,
        params: cellParams,
        headers: changeHeaders,
        body: moveBody,
        response: { 200: order },
        errors: [...errors.edited, "cell_not_found"],
      },
    },
    async (request, reply) =>
      await editDocument(context, request, reply, async ({ documents }) => {
        const { workspaceId, cellId } = request.params;
        const moved = await documents.move(workspaceId, cellId, request.body.after);
        return { version: moved.version, status: 200, body: { version: moved.version, order: moved.order } };
      }),
  );

  app.delete(
    one,
    {
      onRequest,
      schema: {
        ...common,
        params: cellParams,
        headers: versionHeaders,
        response: { 204: z.null() },
        errors: [...errors.edited, "cell_not_found", "edit_conflict"],
      },
    },
    async (request, reply) =>
      await editDocument(context, request, reply, async ({ documents }) => {
        const { workspaceId, cellId } = request.params;
        const { version } = await documents.remove(workspaceId, cellId, expectedVersion(request));
        return { version, status: 204, body: null };
      }),
  );
}
