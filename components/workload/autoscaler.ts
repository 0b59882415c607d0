import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { labels } from "../lib/labels";

/** A number that a metrics adapter reads from the pods. */
export interface PodMetric {
  /** Name under which the adapter serves it. */
  readonly metric: string;
  /** Average of the pods above which pods are added. */
  readonly average: number;
}

/** When pods are added and removed. */
export interface Autoscaling {
  /** Fewest pods; from 2 on a disruption budget keeps one. */
  readonly minReplicas: number;
  /** Most pods. */
  readonly maxReplicas: number;
  /** Average CPU use, in percent of the request, above which pods are added (A34). */
  readonly cpuPercent: number;
  /** Average memory use, in percent of the request, above which pods are added (A35). */
  readonly memoryPercent: number;
  /** Most pods added in 60 s, in percent (A51). */
  readonly scaleUpPercent: number;
  /** Most pods removed in 60 s, in percent (A51). */
  readonly scaleDownPercent: number;
}

/** What an autoscaler scales. */
export interface AutoscalerArgs {
  /** Name of the Deployment and of the autoscaler. */
  readonly workload: string;
  /** Role in the platform. */
  readonly component: string;
  readonly namespace: pulumi.Input<string>;
  readonly autoscaling: Autoscaling;
  /** A number of the pods that counts beside CPU and memory; needs a metrics adapter. Null for none. */
  readonly podMetric: PodMetric | null;
}

/** Seconds of calm before pods go: workspaces would have to move (C11). */
const CALM_SECONDS = 300;

/** Creates the autoscaler of a Deployment; `opts` make it wait for that: without it, it fills the events with warnings. */
export function createAutoscaler(name: string, args: AutoscalerArgs, opts: pulumi.CustomResourceOptions): void {
  const { workload, component, namespace } = args;
  const metadata = { name: workload, namespace, labels: labels(workload, component) };
  const spec = autoscalerSpec(args);
  new k8s.autoscaling.v2.HorizontalPodAutoscaler(name, { metadata, spec }, opts);
}

export function autoscalerSpec({ workload, autoscaling, podMetric }: AutoscalerArgs) {
  return {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: workload },
    minReplicas: autoscaling.minReplicas,
    maxReplicas: autoscaling.maxReplicas,
    metrics: [
      ...(podMetric ? [podAverage(podMetric)] : []),
      utilization("cpu", autoscaling.cpuPercent),
      utilization("memory", autoscaling.memoryPercent),
    ],
    behavior: {
      scaleUp: { stabilizationWindowSeconds: 0, selectPolicy: "Max", policies: [percent(autoscaling.scaleUpPercent)] },
      scaleDown: {
        stabilizationWindowSeconds: CALM_SECONDS,
        selectPolicy: "Max",
        policies: [percent(autoscaling.scaleDownPercent)],
      },
    },
  };
}

function utilization(name: string, averageUtilization: number) {
  return { type: "Resource", resource: { name, target: { type: "Utilization", averageUtilization } } };
}

/** The autoscaler takes the largest number of pods that any of its metrics asks for. */
function podAverage({ metric, average }: PodMetric) {
  return {
    type: "Pods",
    pods: { metric: { name: metric }, target: { type: "AverageValue", averageValue: String(average) } },
  };
}

function percent(value: number) {
  return { type: "Percent", value, periodSeconds: 60 };
}
