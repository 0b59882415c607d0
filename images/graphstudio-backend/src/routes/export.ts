import { type App, lineStream, requirePermission, requirePrincipal } from "@nexus/service";
import type { FastifyRequest } from "fastify";
import type { ExportStore } from "../store/export-store";
import type { PersonSessions } from "../store/person-sessions";
import { memberErrors, tenantParams } from "../tenant-schemas";
import type { TenantService } from "../tenants/tenant-service";

export interface ExportRoutesOptions {
  readonly exports: ExportStore;
  readonly tenants: TenantService;
  readonly sessions: PersonSessions;
  readonly authenticate: (request: FastifyRequest) => Promise<void>;
}

const JSON_LINES = "application/x-ndjson";

/** Everything that the backend holds of a tenant, for its owners, and of a person, for themselves. */
export function registerExportRoutes(app: App, options: ExportRoutesOptions): void {
  const { exports, tenants, sessions, authenticate: onRequest } = options;
  const common = {
    tags: ["export"],
    security: [{ bearer: [] }],
    permission: null,
    response: {
      200: {
        description: "One object on each line, named by `kind`; a line of the kind `end` says that it is whole",
        content: { [JSON_LINES]: { schema: { type: "string" } } },
      },
    },
  };
  const errors = ["database_unavailable"] as const;

  app.get(
    "/account/tenants/:tenantId/export",
    { onRequest, schema: { ...common, params: tenantParams, errors: [...errors, ...memberErrors] } },
    async (request, reply) => {
      const { tenantId } = request.params;
      requirePermission(await tenants.find(tenantId, requirePrincipal(request).userId), "tenant.export");
      return reply.type(JSON_LINES).send(lineStream(exports.tenant(tenantId)));
    },
  );

  app.get("/account/export", { onRequest, schema: { ...common, errors } }, async (request, reply) => {
    const { userId } = requirePrincipal(request);
    const lines = exports.account(userId, await sessions.list(userId));
    return reply.type(JSON_LINES).send(lineStream(lines));
  });
}
