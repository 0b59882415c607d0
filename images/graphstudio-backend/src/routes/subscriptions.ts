import { type App, requirePrincipal } from "@nexus/service";
import type { FastifyRequest } from "fastify";
import { planBody, subscription, subscriptionQuery } from "../plan-schemas";
import type { SubscriptionService } from "../plans/subscription-service";
import { memberErrors, tenantParams } from "../tenant-schemas";

export interface SubscriptionRoutesOptions {
  readonly service: SubscriptionService;
  readonly authenticate: (request: FastifyRequest) => Promise<void>;
}

/** The plan of a tenant, for its members. The role that counts is the one in the tenant of the path. */
export function registerSubscriptionRoutes(app: App, { service, authenticate }: SubscriptionRoutesOptions): void {
  const path = "/account/tenants/:tenantId/subscription";
  const common = { tags: ["plans"], security: [{ bearer: [] }], permission: null, params: tenantParams };
  const querystring = subscriptionQuery;
  const errors = ["database_unavailable", ...memberErrors] as const;
  const response = { 200: subscription };

  app.get(path, { onRequest: authenticate, schema: { ...common, querystring, response, errors } }, async (request) => {
    const { userId } = requirePrincipal(request);
    const view = await service.find(request.params.tenantId, userId, request.query.days);
    return { ...view, choices: [...view.choices] };
  });

  app.put(
    path,
    {
      onRequest: authenticate,
      schema: { ...common, querystring, body: planBody, response, errors: [...errors, "plan_not_offered"] },
    },
    async (request) => {
      const { userId } = requirePrincipal(request);
      const view = await service.choose(request.params.tenantId, userId, request.body.plan, request.query.days);
      return { ...view, choices: [...view.choices] };
    },
  );
}
