import { requirePrincipal } from "@nexus/service";
import type { FastifyReply, FastifyRequest } from "fastify";
import { toRelayRequest } from "../ownership/relay";
import { once } from "../store/once";
import type { TransactionStores } from "../store/stores";
import { answeredBefore, idempotencyKey, type RouteContext, sendRouted, target } from "./context";

/** A change of a document: its answer, and the document's version after it. */
export interface Edit {
  readonly version: number;
  readonly status: number;
  readonly body: unknown;
}

/** The version that the caller says the change is of; undefined for whichever there is. */
export function expectedVersion(request: FastifyRequest): number | undefined {
  const text = toRelayRequest(request).ifMatch;
  return text === undefined || text === "*" ? undefined : Number(text.replaceAll('"', ""));
}

/** The version of what is answered. */
export const etag = (version: number) => `"${version}"`;

/**
 * Changes the document of a workspace, and tells whoever looks at it. The pod that holds the workspace does it, because its
 * sockets tell them; it does not wait for code that runs. Without such a pod nobody is told, and none is chosen.
 * @param isWhole - whether the change is of the document as a whole, which waits for its turn
 */
export async function editDocument(
  { router, stores, quotas, hub }: RouteContext,
  request: FastifyRequest,
  reply: FastifyReply,
  work: (stores: TransactionStores, by: string) => Promise<Edit>,
  { isWhole = false }: { readonly isWhole?: boolean } = {},
): Promise<FastifyReply> {
  const workspace = target(request);
  const { id, tenantId } = workspace;
  const principal = requirePrincipal(request);
  const asked = toRelayRequest(request);
  const key = idempotencyKey(asked, tenantId, id);
  const change = async () => {
    await quotas.checkStorage(principal);
    let version = 0;
    const answer = await once(stores, key, async (inside) => {
      const made = await work(inside, principal.userId);
      version = made.version;
      return { status: made.status, body: made.body };
    });
    if (!answer.replayed) hub.publish(id, { type: "document", version });
    return answer;
  };
  const first = () => answeredBefore(stores, key);
  const inTurn = () => (isWhole ? quotas.inDocumentTurn(tenantId, change) : change());
  const routed = await router.run(asked, { ...workspace, mode: "any" }, inTurn, first);
  const made = routed.served === "here" ? (routed.value.body as { readonly version?: number } | null) : undefined;
  if (made?.version !== undefined) reply.header("etag", etag(made.version));
  return sendRouted(reply, routed);
}
