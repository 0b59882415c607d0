import { z } from "zod";
import { type ApiTransport, ConnectionError, readAll } from "./api-transport";
import { ClusterError } from "./cluster-error";

/** What a cluster answers to somebody who only asks how it is. */
export interface ClusterHealth {
  readonly status: "connected" | "unreachable" | "unauthorized";
  /** Why it is not connected; null if it is. */
  readonly reason: string | null;
  /** Of Kubernetes, such as "v1.36.3"; null if it did not say. */
  readonly version: string | null;
  /** Null where the account may not list nodes. */
  readonly nodeCount: number | null;
}

const version = z.object({ gitVersion: z.string().max(100) });
const nodes = z.object({
  items: z.array(z.unknown()),
  metadata: z.object({ remainingItemCount: z.int().optional() }).optional(),
});

/**
 * Asks a cluster for its version, and how many nodes it has.
 * @param timeoutMs for all of it
 * @throws ClusterError if its address is forbidden
 */
export async function checkCluster(transport: ApiTransport, timeoutMs: number): Promise<ClusterHealth> {
  const signal = AbortSignal.timeout(timeoutMs);
  const bad = (status: "unreachable" | "unauthorized", reason: string): ClusterHealth => ({
    status,
    reason,
    version: null,
    nodeCount: null,
  });
  try {
    const answer = await transport.request("/version", { method: "GET", signal });
    const text = (await readAll(answer)).toString("utf8");
    if (answer.status === 401) return bad("unauthorized", "it does not accept the credentials; they may have expired");
    if (answer.status === 403) return bad("unauthorized", "the account may not even ask for the version");
    const about = answer.status === 200 ? version.safeParse(parsed(text)).data : undefined;
    if (!about) return bad("unreachable", `it answers as no API server does (HTTP ${answer.status})`);
    return {
      status: "connected",
      reason: null,
      version: about.gitVersion,
      nodeCount: await countNodes(transport, signal),
    };
  } catch (error) {
    if (error instanceof ConnectionError) return bad("unreachable", error.message);
    throw error;
  }
}

async function countNodes(transport: ApiTransport, signal: AbortSignal): Promise<number | null> {
  try {
    const answer = await transport.request("/api/v1/nodes?limit=1", { method: "GET", signal });
    const page = nodes.safeParse(parsed((await readAll(answer)).toString("utf8"))).data;
    return answer.status === 200 && page ? page.items.length + (page.metadata?.remainingItemCount ?? 0) : null;
  } catch (error) {
    // The cluster answered before, so it is connected.
    if (error instanceof ConnectionError || error instanceof ClusterError) return null;
    throw error;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
