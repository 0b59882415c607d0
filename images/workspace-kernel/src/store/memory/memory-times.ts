import { type ExecutionDay, grantOf, KEEP_DAYS } from "../execution-time-store";
import type { Stores } from "../stores";

/** The running time of executions, in this pod alone. */
export function memoryTimes(): Stores["times"] {
  const tenants = new Map<string, Map<string, ExecutionDay>>();
  const of = (tenantId: string, day: string): ExecutionDay =>
    tenants.get(tenantId)?.get(day) ?? { day, usedMs: 0, reservedMs: 0, executions: 0 };
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
      put(request.tenantId, { ...now, reservedMs: now.reservedMs + granted * request.eachMs });
      return { granted, usedMs: now.usedMs, reservedMs: now.reservedMs };
    },
    settle: async (uses) => {
      for (const { tenantId, day, usedMs, reservedMs, executions } of uses) {
        const now = of(tenantId, day);
        put(tenantId, {
          day,
          usedMs: now.usedMs + usedMs,
          reservedMs: now.reservedMs - reservedMs,
          executions: now.executions + executions,
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
