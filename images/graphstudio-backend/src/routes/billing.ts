import { jsonRefusal } from "@nexus/contract";
import { type App, ServiceError } from "@nexus/service";
import type { FastifyRequest } from "fastify";
import { Webhook, type WebhookUnbrandedRequiredHeaders } from "standardwebhooks";
import { billingAnswer, billingEvent } from "../plan-schemas";
import type { SubscriptionService } from "../plans/subscription-service";

export interface BillingRoutesOptions {
  readonly service: SubscriptionService;
  /** What events are signed with; without it all events are refused. */
  readonly secret: string | undefined;
}

/** Maximum time by which an event may be ahead of our clock. */
const AHEAD_MS = 300_000;
/** Maximum length of an id, because ids are stored. */
const MAX_ID_LENGTH = 256;

/** Where a billing system tells what tenants have, with signatures of Standard Webhooks. */
export function registerBillingRoutes(app: App, { service, secret }: BillingRoutesOptions): void {
  const webhook = secret === undefined ? undefined : new Webhook(secret);
  const header = ({ headers }: FastifyRequest, name: string) => {
    const value = headers[`webhook-${name}`];
    return typeof value === "string" ? value : "";
  };

  void app.register(async (scope: App) => {
    // The signature is over the text as it came.
    scope.removeContentTypeParser("application/json");
    scope.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) => done(null, body));

    scope.post(
      "/account/billing/events",
      {
        onRequest: async () => {
          if (!webhook) throw new ServiceError("billing_not_configured");
        },
        preValidation: async (request) => {
          const text = typeof request.body === "string" ? request.body : "";
          verify(webhook, text, {
            "webhook-id": header(request, "id"),
            "webhook-timestamp": header(request, "timestamp"),
            "webhook-signature": header(request, "signature"),
          });
          const detail = jsonRefusal(text);
          if (detail !== undefined) throw new ServiceError("validation_failed", { detail });
          request.body = parse(text) as typeof request.body;
        },
        schema: {
          tags: ["plans"],
          description:
            "Signed as Standard Webhooks says: headers `webhook-id`, `webhook-timestamp` and `webhook-signature`",
          body: billingEvent,
          response: { 200: billingAnswer },
          errors: ["signature_invalid", "billing_not_configured", "tenant_not_found", "database_unavailable"],
        },
      },
      async (request) => {
        const { timestamp, data } = request.body;
        const at = new Date(timestamp);
        if (at.getTime() > Date.now() + AHEAD_MS) {
          const message = `${timestamp} is in the future`;
          throw new ServiceError("validation_failed", { detail: message, errors: [{ field: "timestamp", message }] });
        }
        const { tenantId, plan, state, periodStart, periodEnd } = data;
        const subscription = { plan, state, periodStart: toDate(periodStart), periodEnd: toDate(periodEnd) };
        return { applied: await service.book({ id: header(request, "id"), at, tenantId, subscription }) };
      },
    );
  });
}

function verify(webhook: Webhook | undefined, text: string, headers: WebhookUnbrandedRequiredHeaders): void {
  const detail = "The signature does not belong to this body, or is older than five minutes; sign it again";
  try {
    if (headers["webhook-id"].length > MAX_ID_LENGTH) throw new ServiceError("signature_invalid");
    webhook?.verify(text, { ...headers }, { jsonParse: false });
  } catch (error) {
    throw new ServiceError("signature_invalid", { detail, cause: error });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new ServiceError("malformed_body", { cause: error });
  }
}

function toDate(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}
