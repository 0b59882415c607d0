import { type App, requirePrincipal } from "@nexus/service";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import * as schemas from "../tenant-schemas";
import type { TenantService } from "../tenants/tenant-service";
import { codeErrors } from "./proof-errors";

export interface TenantRoutesOptions {
  readonly service: TenantService;
  readonly authenticate: (request: FastifyRequest) => Promise<void>;
}

const BASE = "/account/tenants";
const ONE = `${BASE}/:tenantId`;

/**
 * The caller's tenants and who is in them. The tenant is the one of the path, so the role in the token does not count here:
 * the service asks the database for the caller's role in that tenant.
 */
export function registerTenantRoutes(app: App, { service, authenticate: onRequest }: TenantRoutesOptions): void {
  const common = { tags: ["tenants"], security: [{ bearer: [] }], permission: null };
  const errors = ["database_unavailable"] as const;
  const found = [...errors, ...schemas.memberErrors] as const;
  const changed = [...found, "member_not_found", "last_owner"] as const;
  const caller = (request: FastifyRequest) => requirePrincipal(request).userId;

  app.get(
    BASE,
    { onRequest, schema: { ...common, response: { 200: schemas.tenantList }, errors } },
    async (request) => ({ items: await service.list(caller(request)) }),
  );

  app.post(
    BASE,
    {
      onRequest,
      schema: {
        ...common,
        body: schemas.tenantBody,
        response: { 201: schemas.tenant },
        errors: [...errors, "limit_reached"],
      },
    },
    async (request, reply) => reply.code(201).send(await service.create(caller(request), request.body.name)),
  );

  app.get(
    ONE,
    {
      onRequest,
      schema: { ...common, params: schemas.tenantParams, response: { 200: schemas.tenant }, errors: found },
    },
    async (request) => await service.find(request.params.tenantId, caller(request)),
  );

  app.put(
    ONE,
    {
      onRequest,
      schema: {
        ...common,
        params: schemas.tenantParams,
        body: schemas.tenantBody,
        response: { 200: schemas.tenant },
        errors: found,
      },
    },
    async (request) => await service.rename(request.params.tenantId, caller(request), request.body.name),
  );

  app.put(
    `${ONE}/second-factor`,
    {
      onRequest,
      schema: {
        ...common,
        params: schemas.tenantParams,
        body: schemas.secondFactorRule,
        response: { 204: z.null() },
        errors: [...found, "second_factor_off"],
      },
    },
    async (request, reply) => {
      const { tenantId } = request.params;
      await service.requireSecondFactor(tenantId, caller(request), request.body.required);
      return reply.code(204).send(null);
    },
  );

  app.get(
    `${ONE}/members`,
    {
      onRequest,
      schema: {
        ...common,
        params: schemas.tenantParams,
        querystring: schemas.memberQuery,
        response: { 200: schemas.memberPage },
        errors: found,
      },
    },
    async (request) => {
      const items = await service.members(request.params.tenantId, caller(request), request.query);
      return { items, next: items.length < request.query.limit ? null : (items.at(-1)?.email ?? null) };
    },
  );

  app.put(
    `${ONE}/members/:userId`,
    {
      onRequest,
      schema: {
        ...common,
        params: schemas.memberParams,
        body: schemas.roleBody,
        response: { 204: z.null() },
        errors: [...changed, ...codeErrors, "rate_limited"],
      },
    },
    async (request, reply) => {
      const { tenantId, userId } = request.params;
      const { role, code } = request.body;
      await service.setRole(tenantId, { ...requirePrincipal(request), address: request.ip, code }, userId, role);
      return reply.code(204).send(null);
    },
  );

  app.delete(
    `${ONE}/members/:userId`,
    { onRequest, schema: { ...common, params: schemas.memberParams, response: { 204: z.null() }, errors: changed } },
    async (request, reply) => {
      const { tenantId, userId } = request.params;
      await service.remove(tenantId, caller(request), userId);
      return reply.code(204).send(null);
    },
  );
}
