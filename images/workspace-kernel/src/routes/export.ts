import { lineStream, requirePrincipal } from "@nexus/service";
import { exportTenant } from "../workspaces/export-tenant";
import { copying, type RouteContext, security } from "./context";
import * as errors from "./errors";

const JSON_LINES = "application/x-ndjson";

/** Everything that the kernel keeps of the caller's tenant, for its owners. */
export function registerExportRoute(context: RouteContext): void {
  const { app, stores, holder, acts } = context;
  app.get(
    "/api/v1/export",
    {
      onRequest: copying(context),
      schema: {
        tags: ["export"],
        security,
        permission: "tenant.export",
        response: {
          200: {
            description: "One object on each line, named by `kind`; a line of the kind `end` says that it is whole",
            content: { [JSON_LINES]: { schema: { type: "string" } } },
          },
        },
        errors: [...errors.stored, "trail_unavailable"],
      },
    },
    async (request, reply) => {
      const { tenantId } = requirePrincipal(request);
      await acts(request, "tenant.exported", { part: "workspaces" });
      const lines = exportTenant(stores, tenantId, (row) => holder.overlay(row));
      return reply.type(JSON_LINES).send(lineStream(lines));
    },
  );
}
