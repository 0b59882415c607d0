import type { Service } from "../model/types";
import { type KubernetesObject, metadataOf, type Target } from "./objects";

/** Workloads whose number of pods can change. */
const SCALABLE = ["Deployment", "StatefulSet"];
const DEFAULT_CPU_PERCENT = 80;

/**
 * Lets the cluster choose the number of pods by their CPU (E29). Undefined where the service asks for nothing of the
 * kind, or where its workload cannot be scaled.
 */
export function autoscalerObject(
  { spec: { autoscaling } }: Service,
  target: Target,
  { kind, apiVersion }: KubernetesObject,
): KubernetesObject | undefined {
  if (!autoscaling || !SCALABLE.includes(kind)) return undefined;
  const { min_replicas: minReplicas, max_replicas: maxReplicas, cpu_percent: percent } = autoscaling;
  const utilization = { type: "Utilization", averageUtilization: percent ?? DEFAULT_CPU_PERCENT };
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: metadataOf(target, "autoscaler"),
    spec: {
      scaleTargetRef: { apiVersion, kind, name: target.name },
      minReplicas: minReplicas ?? 1,
      maxReplicas,
      metrics: [{ type: "Resource", resource: { name: "cpu", target: utilization } }],
    },
  };
}

/** The same workload without a number of pods, which belongs to its autoscaler. */
export function withoutReplicas(workload: KubernetesObject): KubernetesObject {
  const { replicas: _replicas, ...spec } = workload.spec as { replicas?: number };
  return { ...workload, spec };
}
