import { keyScopes, roles } from "@nexus/contract";
import {
  API_KEY_CHECK_PATH,
  API_KEY_LENGTH,
  type App,
  nameText,
  requirePrincipal,
  TIME_POSITION,
} from "@nexus/service";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { memberErrors, tenantParams } from "../tenant-schemas";
import type { ApiKeyService } from "../tenants/api-key-service";

export interface ApiKeyRoutesOptions {
  readonly service: ApiKeyService;
  readonly authenticate: (request: FastifyRequest) => Promise<void>;
}

const OF_TENANT = "/account/tenants/:tenantId/keys";
const MOST_DAYS = 3650;

const keyParams = tenantParams.extend({ keyId: z.uuid() });
const scopes = z.array(z.enum(keyScopes));
const keyBody = z.object({
  name: nameText(100),
  scopes: scopes
    .min(1)
    .max(keyScopes.length)
    .transform((given) => keyScopes.filter((scope) => given.includes(scope)))
    .describe("What it may do, at most what its maker may"),
  expiresInDays: z.int().min(1).max(MOST_DAYS).default(90),
});
const key = z.object({
  id: z.uuid(),
  name: z.string(),
  scopes,
  madeBy: z.string(),
  createdAt: z.date(),
  expiresAt: z.date(),
  lastUsedAt: z.date().nullable().describe("To the minute"),
});
const keyPage = z.object({
  items: z.array(key),
  next: z.string().nullable().describe("Where the next page begins; null on the last one"),
});
const keyQuery = z.object({
  after: z
    .string()
    .regex(TIME_POSITION, "give `next` of the page before")
    .optional()
    .describe("`next` of the page before"),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
const madeKey = key.pick({ id: true, name: true, scopes: true, expiresAt: true }).extend({
  key: z.string().describe("Shown once; send it as `Authorization: Bearer`"),
});
const checkBody = z.object({ key: z.string().max(API_KEY_LENGTH) });
const holder = z.object({ id: z.uuid(), tenantId: z.uuid(), role: z.enum(roles), scopes, plan: z.string().optional() });

/** API keys of a tenant, and the check that the other services make. */
export function registerApiKeyRoutes(app: App, { service, authenticate: onRequest }: ApiKeyRoutesOptions): void {
  const tags = ["API keys"];
  const common = { tags, security: [{ bearer: [] }], permission: null };
  const errors = ["database_unavailable"] as const;
  const found = [...errors, ...memberErrors] as const;
  const caller = (request: FastifyRequest) => requirePrincipal(request).userId;

  app.get(
    OF_TENANT,
    {
      onRequest,
      schema: {
        ...common,
        params: tenantParams,
        querystring: keyQuery,
        response: { 200: keyPage },
        errors: found,
      },
    },
    async (request) => {
      const { items, next } = await service.list(request.params.tenantId, caller(request), request.query);
      return { items: [...items], next: next ?? null };
    },
  );

  app.post(
    OF_TENANT,
    {
      onRequest,
      schema: {
        ...common,
        params: tenantParams,
        body: keyBody,
        response: { 201: madeKey },
        errors: [...found, "limit_reached"],
      },
    },
    async (request, reply) => {
      const { expiresInDays: days, ...about } = request.body;
      return reply.code(201).send(await service.make(request.params.tenantId, caller(request), { ...about, days }));
    },
  );

  app.delete(
    `${OF_TENANT}/:keyId`,
    {
      onRequest,
      schema: { ...common, params: keyParams, response: { 204: z.null() }, errors: [...found, "key_not_found"] },
    },
    async (request, reply) => {
      await service.revoke(request.params.tenantId, caller(request), request.params.keyId);
      return reply.code(204).send(null);
    },
  );

  app.post(
    API_KEY_CHECK_PATH,
    { schema: { tags, body: checkBody, response: { 200: holder }, errors: [...errors, "unauthorized"] } },
    async (request) => await service.check(request.body.key),
  );
}
