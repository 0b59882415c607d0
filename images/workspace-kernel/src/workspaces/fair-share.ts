import type { Held } from "./held";

/** Fewer would let two tenants take one place from each other in turn. */
const LEAST_LEAD = 2;

/**
 * The workspace that makes room for a tenant in a full pod: of the tenant that holds most, the one it used least recently.
 * Everything at rest is durable, so that its next request brings it back; kept alive it goes last, or one tenant could
 * keep all others out.
 * @returns undefined where nobody holds {@link LEAST_LEAD} more than the tenant, or nothing of the largest is at rest
 */
export function whoGivesWay(held: ReadonlyMap<string, Held>, tenantId: string): [string, Held] | undefined {
  const byTenant = new Map<string, number>();
  for (const { tenantId: holder } of held.values()) byTenant.set(holder, (byTenant.get(holder) ?? 0) + 1);
  const [largest, most] = [...byTenant].reduce((a, b) => (b[1] > a[1] ? b : a), ["", 0]);
  if (most < (byTenant.get(tenantId) ?? 0) + LEAST_LEAD) return undefined;
  const now = performance.now();
  const [first] = [...held]
    .filter(([, one]) => one.tenantId === largest && !one.busy)
    .sort(([, a], [, b]) => Number(a.keepAliveUntil > now) - Number(b.keepAliveUntil > now) || b.idleMs - a.idleMs);
  return first;
}
