import { ACTS_PATH, type App, reportedAct } from "@nexus/service";
import { z } from "zod";
import type { AuditStore } from "../store/audit-store";
import { requireService } from "./require-service";

export interface ActRoutesOptions {
  readonly trails: AuditStore;
  /** The keys that all services share. */
  readonly keys: readonly string[];
}

/** What administrators of a tenant did in another service, which waits for the row before the act counts. */
export function registerActRoutes(app: App, { trails, keys }: ActRoutesOptions): void {
  app.post(
    ACTS_PATH,
    {
      onRequest: requireService(keys),
      bodyLimit: 64 * 1024,
      schema: {
        tags: ["services"],
        description: "What an administrator of a tenant does in a service, for the audit trail",
        body: reportedAct,
        response: { 204: z.null() },
        errors: ["database_unavailable", "unauthorized"],
      },
    },
    async (request, reply) => {
      await trails.report(request.body);
      return reply.code(204).send(null);
    },
  );
}
