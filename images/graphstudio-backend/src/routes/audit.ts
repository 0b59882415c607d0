import { type App, lineStream, requirePermission, requirePrincipal } from "@nexus/service";
import type { FastifyRequest } from "fastify";
import type { AuditStore } from "../store/audit-store";
import * as schemas from "../audit-schemas";
import { memberErrors, tenantParams } from "../tenant-schemas";
import type { TenantService } from "../tenants/tenant-service";

export interface AuditRoutesOptions {
  readonly trails: AuditStore;
  readonly tenants: TenantService;
  readonly authenticate: (request: FastifyRequest) => Promise<void>;
}

const JSON_LINES = "application/x-ndjson";
const TRAIL = "/account/tenants/:tenantId/audit";

/** The trail of a tenant: to look at, to check and to export. */
export function registerAuditRoutes(app: App, { trails, tenants, authenticate: onRequest }: AuditRoutesOptions): void {
  const common = { tags: ["audit"], security: [{ bearer: [] }], permission: null, params: tenantParams };
  const errors = ["database_unavailable", ...memberErrors] as const;
  const requireReader = async (request: FastifyRequest, tenantId: string) =>
    requirePermission(await tenants.find(tenantId, requirePrincipal(request).userId), "audit.read");

  app.get(
    TRAIL,
    {
      onRequest,
      schema: {
        ...common,
        querystring: schemas.exportQuery,
        response: {
          200: {
            description: "One row on each line, and the trail's head on the last one",
            content: { [JSON_LINES]: { schema: { type: "string" } } },
          },
        },
        errors,
      },
    },
    async (request, reply) => {
      const { tenantId } = request.params;
      await requireReader(request, tenantId);
      return reply.type(JSON_LINES).send(lineStream(ended(trails.lines(tenantId, request.query.after))));
    },
  );

  app.get(
    `${TRAIL}/rows`,
    {
      onRequest,
      schema: { ...common, querystring: schemas.rowsQuery, response: { 200: schemas.rowPage }, errors },
    },
    async (request) => {
      const { tenantId } = request.params;
      await requireReader(request, tenantId);
      const { rows, next } = await trails.find(tenantId, request.query);
      const items = rows.map(({ seq, at, line }) => ({ seq, at, ...schemas.readRow(line) }));
      return { items, next, people: await trails.addresses(items.flatMap(namedIn)) };
    },
  );

  app.get(
    `${TRAIL}/check`,
    { onRequest, schema: { ...common, response: { 200: schemas.verdict }, errors } },
    async (request) => {
      const { tenantId } = request.params;
      await requireReader(request, tenantId);
      const { rows, head, problem = null } = await trails.check(tenantId);
      return { rows, head, problem };
    },
  );
}

async function* ended(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line}\n`;
}

/** Ids of the people whom a row names. */
const namedIn = ({ actor, target }: ReturnType<typeof schemas.readRow>): string[] =>
  [actor, target.userId, target.invitedBy].filter((id) => typeof id === "string");
