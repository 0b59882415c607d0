import { type App, denialBatch, DENIALS_PATH, isDenial, type Logger, requirePrincipal } from "@nexus/service";
import { z } from "zod";
import { actFor, actingIn } from "../audit/acting";
import type { DenialStore } from "../store/denial-store";
import { tenantParams } from "../tenant-schemas";
import { PLATFORM_PATH } from "./platform-path";
import { requireService } from "./require-service";

/** Lets every handler know its request, and records what is denied to somebody known, wherever that was found. */
export function recordDenied(app: App, denials: DenialStore, log: Logger): void {
  app.addHook("preHandler", (request, _reply, done) => actFor(request, done));
  app.addHook("onError", async (request, _reply, error) => {
    if (!isDenial(error)) return;
    const tenant = tenantParams.safeParse(request.params).data;
    const { method, routeOptions, params } = request;
    // For the tenants that platform routes name, somebody who is not an administrator is a stranger.
    const isPlatform = routeOptions.url?.startsWith(`${PLATFORM_PATH}/`) === true;
    await denials
      .record(isPlatform ? undefined : (tenant?.tenantId ?? requirePrincipal(request).tenantId), {
        ...actingIn(request),
        act: `${method} ${routeOptions.url ?? ""}`,
        target: params as Record<string, string>,
      })
      // What was denied stays denied.
      .catch((cause: unknown) => log.error({ error: cause }, "a denied request is not in the audit trail"));
  });
}

export interface DenialRoutesOptions {
  readonly denials: DenialStore;
  /** The keys that all services share. */
  readonly keys: readonly string[];
}

/** What the other services denied. */
export function registerDenialRoutes(app: App, { denials, keys }: DenialRoutesOptions): void {
  app.post(
    DENIALS_PATH,
    {
      onRequest: requireService(keys),
      bodyLimit: 1024 * 1024,
      schema: {
        tags: ["services"],
        description: "What a service denied, for the audit trails",
        body: denialBatch,
        response: { 204: z.null() },
        errors: ["database_unavailable", "unauthorized"],
      },
    },
    async (request, reply) => {
      await denials.take(request.body);
      return reply.code(204).send(null);
    },
  );
}
