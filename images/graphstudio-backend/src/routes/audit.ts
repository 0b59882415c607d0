import { Readable } from "node:stream";
import { type App, type Logger, requirePermission, requirePrincipal, ServiceError } from "@nexus/service";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { actFor, actingIn } from "../audit/acting";
import type { AuditStore } from "../store/audit-store";
import { tenantParams } from "../tenant-schemas";
import type { TenantService } from "../tenants/tenant-service";

export interface AuditRoutesOptions {
  readonly trails: AuditStore;
  readonly tenants: TenantService;
  readonly authenticate: (request: FastifyRequest) => Promise<void>;
}

const JSON_LINES = "application/x-ndjson";

const auditQuery = z.object({
  after: z.coerce
    .number()
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .default(0)
    .describe("`seq` of the last row that you have"),
});

/** Lets every handler know its request, and records what a role did not allow, wherever that was found. */
export function recordDenied(app: App, trails: AuditStore, log: Logger): void {
  app.addHook("preHandler", (request, _reply, done) => actFor(request, done));
  app.addHook("onError", async (request, _reply, error) => {
    if (!(error instanceof ServiceError) || error.code !== "forbidden") return;
    const tenant = tenantParams.safeParse(request.params).data;
    const { method, routeOptions, params } = request;
    await trails
      .record({
        ...actingIn(request),
        tenantId: tenant?.tenantId ?? requirePrincipal(request).tenantId,
        act: `${method} ${routeOptions.url ?? ""}`,
        outcome: "denied",
        target: params as Record<string, string>,
      })
      // What was denied stays denied.
      .catch((cause: unknown) => log.error({ error: cause }, "a denied request is not in the audit trail"));
  });
}

export function registerAuditRoutes(app: App, { trails, tenants, authenticate: onRequest }: AuditRoutesOptions): void {
  app.get(
    "/account/tenants/:tenantId/audit",
    {
      onRequest,
      schema: {
        tags: ["audit"],
        security: [{ bearer: [] }],
        permission: null,
        params: tenantParams,
        querystring: auditQuery,
        response: {
          200: {
            description: "One row on each line, and the trail's head on the last one",
            content: { [JSON_LINES]: { schema: { type: "string" } } },
          },
        },
        errors: ["database_unavailable", "tenant_not_found", "forbidden"],
      },
    },
    async (request, reply) => {
      const { tenantId } = request.params;
      requirePermission(await tenants.find(tenantId, requirePrincipal(request).userId), "audit.read");
      return reply.type(JSON_LINES).send(Readable.from(trails.lines(tenantId, request.query.after)));
    },
  );
}
