import type { Condition, CronJob, Metadata, Pod, Workload } from "./kubernetes-types";

/** What the namespace has now. */
export interface Present {
  readonly kind: string;
  readonly metadata: Metadata;
  readonly spec?: unknown;
  readonly status?: unknown;
}

/** Sorts after the time of every event. */
const AFTER_ALL = "9999";

function trueSince({ status }: Present, type: string): string | undefined {
  const { conditions = [] } = (status ?? {}) as { readonly conditions?: readonly Condition[] };
  return conditions.find((one) => one.type === type && one.status === "True")?.lastTransitionTime;
}

function hasAllPods({ spec, status }: Pick<Workload, "spec" | "status">): boolean {
  return (status.readyReplicas ?? 0) >= (spec.replicas ?? 1);
}

/** Warnings about the object up to this time are solved; undefined if the object is not as wanted. */
export function solvedUntil(object: Present): string | undefined {
  const phase = (object.status as Pod["status"] | undefined)?.phase;
  switch (object.kind) {
    case "Pod":
      return phase === "Succeeded" ? AFTER_ALL : trueSince(object, "Ready");
    case "HorizontalPodAutoscaler":
      return trueSince(object, "ScalingActive");
    case "CronJob":
      // One that was started by hand is unexpected for its controller, until it succeeds.
      return (object.status as CronJob["status"] | undefined)?.lastSuccessfulTime;
    case "PersistentVolumeClaim":
      return phase === "Bound" ? AFTER_ALL : undefined;
    case "Deployment":
    case "ReplicaSet":
    case "StatefulSet":
      return hasAllPods(object as unknown as Workload) ? AFTER_ALL : undefined;
    default:
      return undefined;
  }
}
