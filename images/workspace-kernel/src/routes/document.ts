import { requirePrincipal, whenAnswered } from "@nexus/service";
import type { FastifyReply, FastifyRequest } from "fastify";
import {
  document,
  file,
  fileBody,
  formatQuery,
  graph,
  sinceQuery,
  toDocument,
  toGraph,
  versionHeaders,
} from "../document-schemas";
import { MAX_DOCUMENT_BYTES } from "../document/cell";
import { readDocumentFile, writeDocumentFile } from "../document/formats";
import { workspaceParams } from "../schemas";
import { ONE, type RouteContext, security, target } from "./context";
import { editDocument, etag, expectedVersion } from "./edit";
import * as errors from "./errors";

/** The document of a workspace as a whole: its cells, the graph of its code, and its file. */
export function registerDocumentRoutes(context: RouteContext): void {
  const { app, authenticate: onRequest, stores, router, reader, quotas } = context;
  const countFile = async (request: FastifyRequest, reply: FastifyReply) =>
    whenAnswered(request, reply, quotas.beginFile(requirePrincipal(request).tenantId));
  const tags = ["document"];
  const path = `${ONE}/document`;
  const reads = { tags, security, permission: "workspaces.read" as const, params: workspaceParams };

  app.get(
    path,
    {
      onRequest,
      schema: { ...reads, querystring: sinceQuery, response: { 200: document }, errors: errors.found },
    },
    async (request, reply) => {
      const { id, tenantId } = target(request);
      await router.require(id, tenantId);
      return await quotas.inDocumentTurn(tenantId, async () => {
        const found = await stores.documents.read(id, request.query.since);
        return await reply.header("etag", etag(found.version)).send(toDocument(found));
      });
    },
  );

  app.get(
    `${path}/graph`,
    { onRequest, schema: { ...reads, response: { 200: graph }, errors: [...errors.found, "workspace_busy"] } },
    async (request, reply) => {
      const { id, ...tenant } = target(request);
      await router.require(id, tenant.tenantId);
      // It is made in the turn, and sent after it: how long that takes is up to the client.
      await reader.read(tenant, id, async (found) => void reply.send(toGraph(found)));
      return reply;
    },
  );

  app.get(
    `${path}/file`,
    { onRequest, schema: { ...reads, querystring: formatQuery, response: { 200: file }, errors: errors.found } },
    async (request) => {
      const { id, tenantId } = target(request);
      await router.require(id, tenantId);
      return await quotas.inDocumentTurn(tenantId, async () => {
        const { version, cells } = toDocument(await stores.documents.read(id));
        return { version, file: writeDocumentFile(cells, request.query.format) };
      });
    },
  );

  app.put(
    `${path}/file`,
    {
      onRequest: [onRequest, countFile],
      // Quotes and ends of lines take two characters in JSON.
      bodyLimit: MAX_DOCUMENT_BYTES * 2,
      schema: {
        ...reads,
        permission: "workspaces.write",
        headers: versionHeaders,
        body: fileBody,
        response: { 200: document },
        errors: [...errors.edited, "document_unreadable", "edit_conflict"],
      },
    },
    async (request, reply) =>
      await editDocument(
        context,
        request,
        reply,
        async ({ documents }, by) => {
          const cells = readDocumentFile(request.body.file);
          const made = await documents.replace(request.params.workspaceId, cells, by, expectedVersion(request));
          return { version: made.version, status: 200, body: toDocument(made) };
        },
        { isWhole: true },
      ),
  );
}
