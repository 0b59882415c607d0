import { type App, requirePrincipal } from "@nexus/service";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import * as schemas from "../tenant-schemas";
import type { TenantService } from "../tenants/tenant-service";
import type { Hooks } from "./hooks";
import { codeErrors } from "./proof-errors";

export interface InvitationRoutesOptions {
  readonly service: TenantService;
  readonly hooks: Hooks;
  readonly authenticate: (request: FastifyRequest) => Promise<void>;
}

const OF_TENANT = "/account/tenants/:tenantId/invitations";

/** Invitations of a tenant, and what somebody does with the link of one. */
export function registerInvitationRoutes(app: App, options: InvitationRoutesOptions): void {
  const { service, hooks, authenticate: onRequest } = options;
  const tags = ["invitations"];
  const common = { tags, security: [{ bearer: [] }], permission: null };
  const errors = ["database_unavailable"] as const;
  const found = [...errors, ...schemas.memberErrors] as const;
  const redeemed = [...errors, "invitation_invalid"] as const;
  const joined = [...redeemed, "limit_reached", "address_unverified"] as const;
  const caller = (request: FastifyRequest) => requirePrincipal(request).userId;

  app.get(
    OF_TENANT,
    {
      onRequest,
      schema: { ...common, params: schemas.tenantParams, response: { 200: schemas.invitationList }, errors: found },
    },
    async (request) => ({ items: await service.invitations(request.params.tenantId, caller(request)) }),
  );

  app.post(
    OF_TENANT,
    {
      onRequest,
      schema: {
        ...common,
        params: schemas.tenantParams,
        body: schemas.inviteBody,
        response: { 201: schemas.madeInvitation },
        errors: [...found, ...codeErrors, "limit_reached", "rate_limited"],
      },
    },
    async (request, reply) => {
      const { role, email = null, code } = request.body;
      const by = { ...requirePrincipal(request), address: request.ip, code };
      return reply.code(201).send(await service.invite(request.params.tenantId, by, role, email));
    },
  );

  app.delete(
    `${OF_TENANT}/:invitationId`,
    {
      onRequest,
      schema: {
        ...common,
        params: schemas.invitationParams,
        response: { 204: z.null() },
        errors: [...found, "invitation_invalid"],
      },
    },
    async (request, reply) => {
      const { tenantId, invitationId } = request.params;
      await service.withdraw(tenantId, caller(request), invitationId);
      return reply.code(204).send(null);
    },
  );

  // The token is in the body, because addresses end up in logs.
  app.post(
    "/account/invitations/look",
    {
      onRequest: hooks.limited,
      schema: {
        tags,
        body: schemas.tokenBody,
        response: { 200: schemas.offer },
        errors: [...redeemed, "rate_limited"],
      },
    },
    async (request) => await service.look(request.body.token),
  );

  app.post(
    "/account/invitations/accept",
    {
      onRequest,
      schema: { ...common, body: schemas.tokenBody, response: { 200: schemas.tenant }, errors: joined },
    },
    async (request) => await service.accept(request.body.token, caller(request)),
  );
}
