import { type ExecutionDay, grantOf, KEEP_DAYS, NOTHING_TAKEN, reservedForEach } from "../execution-time-store";
import type { Stores } from "../stores";

/** The running time of executions and what they send, in this pod alone. */
export function memoryTimes(): Stores["times"] {
  const tenants = new Map<string, Map<string, ExecutionDay>>();
  const of = (tenantId: string, day: string): ExecutionDay =>
    tenants.get(tenantId)?.get(day) ?? { ...NOTHING_TAKEN, day, executions: 0 };
  const put = (tenantId: string, day: ExecutionDay) => {
    const days = tenants.get(tenantId) ?? new Map<string, ExecutionDay>();
    tenants.set(tenantId, days.set(day.day, day));
  };
  const newest = (tenantId: string, days: number) =>
    [...(tenants.get(tenantId)?.values() ?? [])].sort((a, b) => (a.day < b.day ? 1 : -1)).slice(0, days);
  return {
    reserve: async (request) => {
      const now = of(request.tenantId, request.day);
      const granted = grantOf(request, now);
      const each = reservedForEach(request);
      put(request.tenantId, {
        ...now,
        reservedMs: now.reservedMs + granted * each.ms,
        reservedStreamBytes: now.reservedStreamBytes + granted * each.streamBytes,
      });
      return { ...now, granted };
    },
    settle: async (uses) => {
      for (const { tenantId, ...use } of uses) {
        const now = of(tenantId, use.day);
        put(tenantId, {
          day: use.day,
          usedMs: now.usedMs + use.usedMs,
          reservedMs: now.reservedMs - use.reservedMs,
          executions: now.executions + use.executions,
          streamBytes: now.streamBytes + use.streamBytes,
          reservedStreamBytes: now.reservedStreamBytes - use.reservedStreamBytes,
        });
      }
    },
    history: async (tenantId, days) => newest(tenantId, days),
    prune: async () => {
      for (const [tenantId] of tenants) {
        const kept = newest(tenantId, KEEP_DAYS).map((day) => [day.day, day] as const);
        tenants.set(tenantId, new Map(kept));
      }
    },
  };
}
