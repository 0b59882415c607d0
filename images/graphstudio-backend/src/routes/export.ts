import { type App, lineStream, type Principal, requirePermission, requirePrincipal } from "@nexus/service";
import type { FastifyRequest } from "fastify";
import type { AuditStore } from "../store/audit-store";
import type { ExportStore } from "../store/export-store";
import type { PersonSessions } from "../store/person-sessions";
import { memberErrors, tenantParams } from "../tenant-schemas";
import type { TenantService } from "../tenants/tenant-service";

export interface ExportRoutesOptions {
  readonly exports: ExportStore;
  readonly trails: AuditStore;
  readonly tenants: TenantService;
  readonly sessions: PersonSessions;
  /** Clusters, settings, projects and deployments of the tenant that the caller is an owner of. */
  readonly deployed: (owner: Principal) => AsyncGenerator<object>;
  readonly authenticate: (request: FastifyRequest) => Promise<void>;
}

const JSON_LINES = "application/x-ndjson";

/** Everything that the backend holds of a tenant, for its owners, and of a person, for themselves. */
export function registerExportRoutes(app: App, options: ExportRoutesOptions): void {
  const { exports, trails, tenants, sessions, deployed, authenticate: onRequest } = options;
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
      // The tenant of the path, and not the one of the token.
      const caller = { ...requirePrincipal(request), tenantId };
      requirePermission(await tenants.find(tenantId, caller.userId), "tenant.export");
      await trails.record({ tenantId, act: "tenant.exported", target: { part: "tenant" } });
      return reply.type(JSON_LINES).send(lineStream(exports.tenant(tenantId, deployed(caller))));
    },
  );

  app.get("/account/export", { onRequest, schema: { ...common, errors } }, async (request, reply) => {
    const { userId } = requirePrincipal(request);
    const lines = exports.account(userId, await sessions.list(userId));
    return reply.type(JSON_LINES).send(lineStream(lines));
  });
}
