import { createHash } from "node:crypto";
import { type App, type RecordAct, requirePrincipal, ServiceError, whenAnswered } from "@nexus/service";
import type { FastifyReply, FastifyRequest } from "fastify";
import { type RelayRequest, sendRelayed, toRelayRequest } from "../ownership/relay";
import type { PlacementMode, Routed, RoutedWorkspace, WorkspaceRouter } from "../ownership/router";
import type { IdempotencyKey, StoredAnswer } from "../store/idempotency-store";
import { earlierAnswer, type OnceAnswer } from "../store/once";
import type { Stores, TransactionStores } from "../store/stores";
import type { WriteBudget } from "../store/write-budget";
import type { CellReader } from "../workspaces/cell-reader";
import type { CellRunner } from "../workspaces/cell-runner";
import type { CodeCache } from "../workspaces/code-cache";
import type { Held } from "../workspaces/held";
import type { WorkspaceHolder } from "../workspaces/holder";
import type { WorkspaceHub } from "../workspaces/hub";
import type { TenantQuotas } from "../workspaces/tenant-quotas";

type Hook = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

/** The parts of the kernel that routes use. */
export interface RouteContext {
  readonly app: App;
  readonly stores: Stores;
  /** Tells who asks, and counts what the tenant asks at one time. */
  readonly authenticate: Hook;
  readonly code: CodeCache;
  readonly holder: WorkspaceHolder;
  readonly hub: WorkspaceHub;
  readonly router: WorkspaceRouter;
  readonly quotas: TenantQuotas;
  readonly budget: WriteBudget;
  /** Puts what administrators do into the audit trail. */
  readonly acts: RecordAct;
  readonly reader: CellReader;
  readonly runner: CellRunner;
}

export const BASE = "/api/v1/workspaces";
export const ONE = `${BASE}/:workspaceId`;

export const security = [{ bearer: [] }];

/** The caller's tenant with its plan, and the workspace in the path. */
export function target(request: FastifyRequest): Pick<RoutedWorkspace, "id" | "tenantId" | "plan"> {
  const { workspaceId } = request.params as { workspaceId: string };
  const { tenantId, plan } = requirePrincipal(request);
  return { id: workspaceId, tenantId, plan };
}

/** Who asks, and not too much at one time: a body is read only where there is room for it. */
export function counted(authenticate: (request: FastifyRequest) => Promise<void>, quotas: TenantQuotas): Hook {
  return async (request, reply) => {
    await authenticate(request);
    whenAnswered(request, reply, quotas.beginRequest(requirePrincipal(request).tenantId));
  };
}

/** The hooks of routes that copy a workspace: who asks, and how often. */
export function copying({ authenticate, quotas }: Pick<RouteContext, "authenticate" | "quotas">) {
  return [authenticate, (request: FastifyRequest) => quotas.countCopy(requirePrincipal(request).tenantId)];
}

/**
 * The idempotency key of the request, if it has one. Keys belong to a tenant; `scope` is the workspace, or the tenant
 * itself.
 */
export function idempotencyKey(
  { method, url, body, idempotencyKey: key }: RelayRequest,
  tenantId: string,
  scope = tenantId,
): IdempotencyKey | undefined {
  if (key === undefined) return undefined;
  const requestHash = createHash("sha256")
    .update(JSON.stringify([tenantId, method, url, body ?? null]))
    .digest("hex");
  return { scope, key, requestHash };
}

/** The answer that was given to the request before; the owner checks the key, after it is known whose workspace it is. */
export async function answeredBefore(
  stores: Pick<Stores, "idempotency">,
  key: IdempotencyKey | undefined,
): Promise<OnceAnswer | undefined> {
  try {
    return await earlierAnswer(stores, key);
  } catch (error) {
    if (error instanceof ServiceError && error.code === "idempotency_key_reused") return undefined;
    throw error;
  }
}

/** For a request that would wait until its code runs: its earlier answer; throws what its tenant's limits refuse. */
export async function beforeWaiting(
  { stores, quotas }: Pick<RouteContext, "stores" | "quotas">,
  { id, ...tenant }: Pick<RoutedWorkspace, "id" | "tenantId" | "plan">,
  key: IdempotencyKey | undefined,
): Promise<OnceAnswer | undefined> {
  const earlier = await answeredBefore(stores, key);
  if (!earlier) await quotas.checkExecution(tenant, id, stores.usage);
  return earlier;
}

/** Sends the answer of a change, made now or by an earlier request. */
export function sendOnce(reply: FastifyReply, answer: OnceAnswer): FastifyReply {
  if (answer.replayed) reply.header("idempotency-replayed", "true");
  return reply.code(answer.status).send(answer.body);
}

/** The same for work on the pod that holds the workspace. */
export function sendRouted(reply: FastifyReply, routed: Routed<OnceAnswer>): FastifyReply {
  return routed.served === "here" ? sendOnce(reply, routed.value) : sendRelayed(reply, routed.answer);
}

/** A change of the workspace in the path, made once for each idempotency key. */
export interface OwnerChange {
  /**
   * "any": a workspace without an owner gets none.
   * @default "active"
   */
  readonly mode?: PlacementMode;
  /** The workspace goes, whatever runs in it. @default false */
  readonly ends?: boolean;
  /** Runs on the pod that makes the change, before its transaction begins. */
  readonly prepare?: () => Promise<unknown>;
  /** Runs in the transaction, before it locks the workspace. */
  readonly before?: (stores: TransactionStores) => Promise<void>;
  readonly work: (stores: TransactionStores) => Promise<StoredAnswer>;
  /** Runs after the commit, but not if the answer is repeated. */
  readonly afterwards?: (held: Held | undefined) => void;
}

/** Makes a change on the pod that holds the workspace, makes the pod discard its earlier content, and answers. */
export async function changeOnOwner(
  { router, holder, stores }: Pick<RouteContext, "router" | "holder" | "stores">,
  request: FastifyRequest,
  reply: FastifyReply,
  { mode, ends, prepare, before, work, afterwards }: OwnerChange,
): Promise<FastifyReply> {
  const workspace = target(request);
  const { id, tenantId } = workspace;
  const asked = toRelayRequest(request);
  const key = idempotencyKey(asked, tenantId, id);
  const change = async () => {
    await prepare?.();
    return await holder.change(id, key, work, { before, afterwards, ends });
  };
  const routed = await router.run(asked, { ...workspace, mode }, change, () => answeredBefore(stores, key));
  return sendRouted(reply, routed);
}
