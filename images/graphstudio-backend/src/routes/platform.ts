import { type App, requirePrincipal } from "@nexus/service";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { PlatformService } from "../platform/platform-service";
import * as schemas from "../platform-schemas";
import { tenantParams } from "../tenant-schemas";
import { PLATFORM_PATH } from "./platform-path";

export interface PlatformRoutesOptions {
  readonly service: PlatformService;
  readonly authenticate: (request: FastifyRequest) => Promise<void>;
}

/** What administrators of the platform see and do. They are no members, so nothing here shows what a tenant keeps. */
export function registerPlatformRoutes(app: App, { service, authenticate }: PlatformRoutesOptions): void {
  const caller = (request: FastifyRequest) => requirePrincipal(request).userId;
  const onRequest = [authenticate, (request: FastifyRequest) => service.requireAdmin(caller(request))];
  const common = { tags: ["platform"], security: [{ bearer: [] }], permission: null, "x-platform-admin": true };
  const errors = ["database_unavailable", "forbidden"] as const;
  const ofTenant = [...errors, "tenant_not_found"] as const;
  const ofPerson = [...errors, "person_not_found"] as const;
  const done = { 204: z.null() };
  const tenants = `${PLATFORM_PATH}/tenants`;
  const persons = `${PLATFORM_PATH}/persons`;

  app.get(
    tenants,
    {
      onRequest,
      schema: { ...common, querystring: schemas.tenantSearch, response: { 200: schemas.tenantPage }, errors },
    },
    async ({ query }) => {
      const items = await service.tenants(query);
      return { items, next: items.length < query.limit ? null : (items.at(-1)?.id ?? null) };
    },
  );

  app.get(
    `${tenants}/:tenantId`,
    {
      onRequest,
      schema: {
        ...common,
        params: tenantParams,
        querystring: schemas.tenantQuery,
        response: { 200: schemas.oneTenant },
        errors: ofTenant,
      },
    },
    async ({ params, query }) => await service.tenant(params.tenantId, query.days),
  );

  app.put(
    `${tenants}/:tenantId/subscription`,
    {
      onRequest,
      schema: {
        ...common,
        params: tenantParams,
        body: schemas.subscriptionBody,
        response: done,
        errors: ofTenant,
      },
    },
    async (request, reply) => {
      const { plan, state, periodEnd } = request.body;
      const subscription = {
        plan,
        state,
        periodStart: null,
        periodEnd: periodEnd === null ? null : new Date(periodEnd),
      };
      await service.setSubscription(request.params.tenantId, caller(request), subscription);
      return reply.code(204).send(null);
    },
  );

  app.put(
    `${tenants}/:tenantId/suspension`,
    {
      onRequest,
      schema: { ...common, params: tenantParams, body: schemas.suspensionBody, response: done, errors: ofTenant },
    },
    async (request, reply) => {
      await service.suspendTenant(request.params.tenantId, caller(request), request.body.reason);
      return reply.code(204).send(null);
    },
  );

  app.delete(
    `${tenants}/:tenantId/suspension`,
    { onRequest, schema: { ...common, params: tenantParams, response: done, errors: ofTenant } },
    async (request, reply) => {
      await service.suspendTenant(request.params.tenantId, caller(request), null);
      return reply.code(204).send(null);
    },
  );

  app.get(
    persons,
    {
      onRequest,
      schema: { ...common, querystring: schemas.personSearch, response: { 200: schemas.personPage }, errors },
    },
    async ({ query }) => {
      const items = await service.persons(query);
      return { items, next: items.length < query.limit ? null : (items.at(-1)?.email ?? null) };
    },
  );

  app.put(
    `${persons}/:userId/suspension`,
    {
      onRequest,
      schema: {
        ...common,
        params: schemas.personParams,
        body: schemas.suspensionBody,
        response: done,
        errors: ofPerson,
      },
    },
    async (request, reply) => {
      await service.suspendPerson(request.params.userId, caller(request), request.body.reason);
      return reply.code(204).send(null);
    },
  );

  app.delete(
    `${persons}/:userId/suspension`,
    { onRequest, schema: { ...common, params: schemas.personParams, response: done, errors: ofPerson } },
    async (request, reply) => {
      await service.suspendPerson(request.params.userId, caller(request), null);
      return reply.code(204).send(null);
    },
  );
}
