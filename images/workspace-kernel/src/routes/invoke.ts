import { type Principal, traced } from "@nexus/service";
import type { RelayRequest } from "../ownership/relay";
import type { Routed } from "../ownership/router";
import type { JsonValue } from "../sandbox/messages";
import type { StoredAnswer } from "../store/idempotency-store";
import type { OnceAnswer } from "../store/once";
import { handlerTask } from "../workspaces/handler-task";
import type { Held } from "../workspaces/held";
import { BASE, beforeWaiting, idempotencyKey, type RouteContext } from "./context";

/** A call of a handler, over HTTP or over a socket. */
export interface Invocation {
  readonly id: string;
  readonly tenantId: string;
  /** The plan of the tenant, as the caller's token says. */
  readonly plan: string | undefined;
  readonly handler: string;
  readonly input: JsonValue;
}

type Sources = Pick<RouteContext, "stores" | "code" | "holder" | "router" | "quotas">;

/** Runs a handler on the pod that holds the workspace. */
export async function invokeHandler(
  sources: Sources,
  request: RelayRequest,
  { id, tenantId, plan, handler, input }: Invocation,
): Promise<Routed<OnceAnswer>> {
  const { stores, code, holder, router, quotas } = sources;
  const tenant = { id, tenantId, plan };
  const key = idempotencyKey(request, tenantId, id);
  const task = handlerTask({ handlers: stores.handlers, code }, id, handler, input);
  const makeTask = async (held: Held) => {
    await quotas.checkStorage(tenant);
    return await task(held);
  };
  const execute = () =>
    holder.execute(id, makeTask, key, {
      metered: quotas.metered(tenant),
      takeRoom: quotas.storing(tenant),
      token: request.token,
    });
  return await router.run(request, tenant, execute, () => beforeWaiting(sources, tenant, key));
}

/** A message of a socket that calls a handler. */
interface InvokeMessage {
  readonly workspaceId: string;
  readonly handler: string;
  readonly input: JsonValue;
  readonly idempotencyKey?: string | undefined;
}

/** The same for a socket; its key has the same scope as the key of the HTTP route. */
export async function invokeForSocket(
  sources: Sources,
  { workspaceId: id, handler, input, idempotencyKey }: InvokeMessage,
  { principal, token }: { readonly principal: Principal; readonly token: string | undefined },
): Promise<StoredAnswer> {
  const url = `${BASE}/${id}/handlers/${encodeURIComponent(handler)}/invoke`;
  const request = { method: "POST", url, token, idempotencyKey, body: { input }, isHop: false };
  const routed = await traced("invoke", { "nexus.workspace.id": id }, () =>
    invokeHandler(sources, request, { id, tenantId: principal.tenantId, plan: principal.plan, handler, input }),
  );
  if (routed.served === "here") return routed.value;
  return { status: routed.answer.status, body: JSON.parse(routed.answer.text) as unknown };
}
