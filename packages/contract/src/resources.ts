import { cpuMillis, memoryBytes } from "./units";

/** CPU and memory; null leaves one of them unlimited. */
export interface Amount {
  /** Cores ("0.5") or thousandths of one ("500m"). */
  readonly cpu: string | null;
  /** Memory with a unit, such as "512Mi". */
  readonly memory: string | null;
}

/** What a container requests and what it may use at most. */
export interface Resources {
  /** What the scheduler reserves. */
  readonly requests: Amount;
  /** Maximum use: a container with more memory is killed, and one with more CPU is slowed down. */
  readonly limits: Amount;
}

/** Resources of a Job that brings a database schema up to date. */
export const migrationResources: Resources = {
  requests: { cpu: "50m", memory: "64Mi" },
  limits: { cpu: "500m", memory: "256Mi" },
};

/** Resources of a Job that makes, checks or restores a backup: pg_dump, or a database server of a drill, and the program. */
export const backupResources: Resources = {
  requests: { cpu: "50m", memory: "128Mi" },
  limits: { cpu: "1", memory: "768Mi" },
};

/** Lists the requests that are above their limits; empty if there are none. `path` is that of the resources. */
export function resourceProblems(resources: Resources): { field: "cpu" | "memory"; text: string }[] {
  const sizes = { cpu: cpuMillis, memory: memoryBytes } as const;
  return (["cpu", "memory"] as const).flatMap((field) => {
    const [request, limit] = [resources.requests[field], resources.limits[field]];
    if (request === null || limit === null) return [];
    const tooMuch = (sizes[field](request) ?? 0) > (sizes[field](limit) ?? Infinity);
    return tooMuch ? [{ field, text: `is above the limit of "${limit}"` }] : [];
  });
}

/** The resources as a container's manifest has them. */
export function resourceRequirements({ requests, limits }: Resources) {
  return { requests: withoutNulls(requests), limits: withoutNulls(limits) };
}

function withoutNulls({ cpu, memory }: Amount): Record<string, string> {
  return { ...(cpu === null ? {} : { cpu }), ...(memory === null ? {} : { memory }) };
}
