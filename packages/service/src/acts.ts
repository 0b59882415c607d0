import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { requirePrincipal } from "./auth";
import { askBackend, backendAccess } from "./backend-request";
import { actorOf, whoActed } from "./denials";
import type { AuthEnv } from "./env-fields";
import { ServiceError } from "./errors";

/** Where services report what administrators of a tenant did there, below the URL of the backend. */
export const ACTS_PATH = "/internal/acts";

const ANSWER_MS = 3000;
const RETRY_SECONDS = 2;
/** A hundred hosts. */
const MAX_TARGET = 30_000;

/** An administrative act in a service that keeps no audit trails. */
export const reportedAct = whoActed.extend({
  act: z.enum(["hosts.changed", "tenant.exported"]),
  target: z.record(z.string().max(100), z.string().max(MAX_TARGET)),
});
export type ReportedAct = z.output<typeof reportedAct>;

/**
 * Puts an act of the caller into the audit trail of the tenant. Call it before the act counts: where the trail cannot be
 * written it throws `trail_unavailable`, so there is no act without a row.
 */
export type RecordAct = (
  request: FastifyRequest,
  act: ReportedAct["act"],
  target: ReportedAct["target"],
) => Promise<void>;

/** Where there is no backend, nobody keeps audit trails. */
export function createActs(env: AuthEnv): RecordAct {
  const backend = backendAccess(env);
  if (!backend) return async () => undefined;
  const url = new URL(ACTS_PATH, backend.backendUrl);
  const unavailable = (cause: unknown) =>
    new ServiceError("trail_unavailable", { retryAfterSeconds: RETRY_SECONDS, cause });
  return async (request, act, target) => {
    const who = actorOf(requirePrincipal(request), request.ip, request.headers["user-agent"]);
    const body = { ...who, act, target } satisfies ReportedAct;
    const response = await askBackend(url, backend, AbortSignal.timeout(ANSWER_MS), body).catch((cause: unknown) => {
      throw unavailable(cause);
    });
    await response.body?.cancel();
    // A backend of the release before does not know the path.
    if (!response.ok && response.status !== 404) throw unavailable(new Error(`${url.href} answers ${response.status}`));
  };
}
