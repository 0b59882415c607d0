import { type App, requirePrincipal } from "@nexus/service";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { DeletionService } from "../deletion/deletion-service";
import { accountDeletion, accountDeletionBody } from "../schemas";
import { deletionBody, memberErrors, tenantParams } from "../tenant-schemas";
import type { Hooks } from "./hooks";
import { proofErrors } from "./proof-errors";

export interface DeletionRoutesOptions {
  readonly service: DeletionService;
  readonly hooks: Hooks;
  readonly authenticate: (request: FastifyRequest) => Promise<void>;
}

/** Deletion of tenants and accounts; each asks for a proof of the person, so an access token alone deletes nothing. */
export function registerDeletionRoutes(app: App, { service, hooks, authenticate }: DeletionRoutesOptions): void {
  const common = { tags: ["deletion"], security: [{ bearer: [] }], permission: null };
  const errors = ["database_unavailable"] as const;
  const proven = [...errors, ...proofErrors, "rate_limited", "confirmation_needed", "last_owner"] as const;
  const onRequest = [hooks.limited, authenticate];
  const response = { 204: z.null() };

  app.delete(
    "/account/tenants/:tenantId",
    {
      onRequest,
      schema: {
        ...common,
        params: tenantParams,
        body: deletionBody,
        response,
        errors: [...proven, ...memberErrors],
      },
    },
    async (request, reply) => {
      const { name, password, code } = request.body;
      const { userId } = requirePrincipal(request);
      await service.deleteTenant(request.params.tenantId, name, { userId, address: request.ip, password, code });
      return reply.code(204).send(null);
    },
  );

  app.get(
    "/account/deletion",
    {
      onRequest: authenticate,
      schema: { ...common, description: "What goes with the account", response: { 200: accountDeletion }, errors },
    },
    async (request) => await service.preview(requirePrincipal(request).userId),
  );

  app.delete(
    "/account/me",
    { onRequest, schema: { ...common, body: accountDeletionBody, response, errors: proven } },
    async (request, reply) => {
      const { password, code, tenants } = request.body;
      const { userId } = requirePrincipal(request);
      await service.deleteAccount(tenants, { userId, address: request.ip, password, code });
      return reply.code(204).send(null);
    },
  );
}
