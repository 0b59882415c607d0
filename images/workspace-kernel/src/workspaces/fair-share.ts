import type { Held } from "./held";

/** With a smaller lead, two tenants would take one place from each other in turn. */
const LEAST_LEAD = 2;

/**
 * The workspace that makes room for a tenant in a full pod: the least recently used one of the tenant that holds most.
 * An idle workspace is durable, so its next request brings it back. One with keep-alive is chosen last, otherwise one
 * tenant could keep all others out.
 * @returns undefined if no tenant holds {@link LEAST_LEAD} more than this one, or none of the largest tenant's
 * workspaces is idle
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
