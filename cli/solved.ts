import type { Condition, Metadata, Pod, Workload } from "./kubernetes-types";

/** What the namespace has now. */
export interface Present {
  readonly kind: string;
  readonly metadata: Metadata;
  readonly spec?: unknown;
  readonly status?: unknown;
}

/** Later than every time that an event has. */
const WHENEVER = "9999";

function trueSince({ status }: Present, type: string): string | undefined {
  const { conditions = [] } = (status ?? {}) as { readonly conditions?: readonly Condition[] };
  return conditions.find((one) => one.type === type && one.status === "True")?.lastTransitionTime;
}

function hasAllPods({ spec, status }: Pick<Workload, "spec" | "status">): boolean {
  return (status.readyReplicas ?? 0) >= (spec.replicas ?? 1);
}

/** Until when every warning about an object is solved, because it is as wanted since then; undefined while it is not. */
export function solvedUntil(object: Present): string | undefined {
  const phase = (object.status as Pod["status"] | undefined)?.phase;
  switch (object.kind) {
    case "Pod":
      return phase === "Succeeded" ? WHENEVER : trueSince(object, "Ready");
    case "HorizontalPodAutoscaler":
      return trueSince(object, "ScalingActive");
    case "PersistentVolumeClaim":
      return phase === "Bound" ? WHENEVER : undefined;
    case "Deployment":
    case "ReplicaSet":
    case "StatefulSet":
      return hasAllPods(object as unknown as Workload) ? WHENEVER : undefined;
    default:
      return undefined;
  }
}
