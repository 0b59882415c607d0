import type { Held } from "./held";

/** Keep-alive of one tenant counts for at most one in this many places; other workspaces of it count as idle. */
const KEPT_SHARE = 10;

interface Candidate {
  readonly id: string;
  readonly held: Held;
  /** Number of workspaces of its tenant in this pod. */
  readonly count: number;
  readonly isKept: boolean;
}

/**
 * The idle workspace that a full pod unloads for the next request, of any tenant. Idle workspaces are durable, and their
 * next request loads them again. It is the least recently used one of the tenant that holds most; workspaces with
 * keep-alive come last.
 * @param isUsed whether a request uses the workspace, or is about to
 */
export function whoGivesWay(
  held: ReadonlyMap<string, Held>,
  isUsed: (id: string) => boolean,
  capacity: number,
): [string, Held] | undefined {
  const counts = new Map<string, number>();
  for (const one of held.values()) counts.set(one.tenantId, (counts.get(one.tenantId) ?? 0) + 1);
  const kept = keptAlive(held, Math.max(1, Math.floor(capacity / KEPT_SHARE)));
  const [first] = [...held]
    .filter(([id, one]) => !one.givesWay && !one.busy && !isUsed(id))
    .map(([id, one]) => ({ id, held: one, count: counts.get(one.tenantId) ?? 0, isKept: kept.has(id) }))
    .sort(inOrder);
  return first && [first.id, first.held];
}

function inOrder(a: Candidate, b: Candidate): number {
  return Number(a.isKept) - Number(b.isKept) || b.count - a.count || b.held.idleMs - a.held.idleMs;
}

/** The workspaces whose keep-alive counts: the most recently used ones of each tenant. */
function keptAlive(held: ReadonlyMap<string, Held>, most: number): ReadonlySet<string> {
  const now = performance.now();
  const kept = new Set<string>();
  const byTenant = new Map<string, number>();
  for (const [id, one] of [...held].sort(([, a], [, b]) => b.lastActive - a.lastActive)) {
    const before = byTenant.get(one.tenantId) ?? 0;
    if (one.keepAliveUntil <= now || before >= most) continue;
    byTenant.set(one.tenantId, before + 1);
    kept.add(id);
  }
  return kept;
}
