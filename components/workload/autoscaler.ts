import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { labels } from "../lib/labels";
import { cpuMillis, memoryBytes, type Resources } from "@nexus/contract";

const MIB = 2 ** 20;

/** A number that a metrics adapter reads from the pods. */
export interface PodMetric {
  /** Name under which the adapter serves it. */
  readonly metric: string;
  /** Average per pod above which pods are added. */
  readonly average: number;
}

/** When pods are added and removed. */
export interface Autoscaling {
  /** Minimum number of pods. */
  readonly minReplicas: number;
  /** Maximum number of pods. */
  readonly maxReplicas: number;
  /** Average CPU use, in percent of the limit, above which pods are added (A34). */
  readonly cpuPercent: number;
  /** Average memory use, in percent of the limit, above which pods are added (A35). */
  readonly memoryPercent: number;
  /** Maximum number of pods added in 60 s, in percent (A51). */
  readonly scaleUpPercent: number;
  /** Maximum number of pods removed in 60 s, in percent (A51). */
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
  /** What one pod asks for and may use. */
  readonly resources: Resources;
  /** Another metric of the pods, used beside CPU and memory; needs a metrics adapter. Null for none. */
  readonly podMetric: PodMetric | null;
}

/** Seconds of low load before pods are removed, because their workspaces have to move (C11). */
const CALM_SECONDS = 300;
/** Seconds of high load before pods are added, because a start or one large execution is not lasting load (C11). */
const BUSY_SECONDS = 60;

/**
 * Creates the autoscaler of a Deployment. `opts` must make it wait for the Deployment; otherwise it writes warnings to
 * the events.
 */
export function createAutoscaler(name: string, args: AutoscalerArgs, opts: pulumi.CustomResourceOptions): void {
  const { workload, component, namespace } = args;
  const metadata = { name: workload, namespace, labels: labels(workload, component) };
  const spec = autoscalerSpec(args);
  new k8s.autoscaling.v2.HorizontalPodAutoscaler(name, { metadata, spec }, opts);
}

/**
 * Use is compared with the limit. An idle pod may already use all of a small request, and pods added for that would not
 * make anything faster.
 */
export function autoscalerSpec({ workload, autoscaling, resources, podMetric }: AutoscalerArgs) {
  return {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: workload },
    minReplicas: autoscaling.minReplicas,
    maxReplicas: autoscaling.maxReplicas,
    metrics: [
      ...(podMetric ? [podAverage(podMetric)] : []),
      ...resourceAverage("cpu", resources, autoscaling.cpuPercent),
      ...resourceAverage("memory", resources, autoscaling.memoryPercent),
    ],
    behavior: {
      scaleUp: {
        stabilizationWindowSeconds: BUSY_SECONDS,
        selectPolicy: "Max",
        policies: [percent(autoscaling.scaleUpPercent)],
      },
      scaleDown: {
        stabilizationWindowSeconds: CALM_SECONDS,
        selectPolicy: "Max",
        policies: [percent(autoscaling.scaleDownPercent)],
      },
    },
  };
}

function resourceAverage(name: "cpu" | "memory", { requests, limits }: Resources, percentage: number) {
  const full = limits[name] ?? requests[name];
  if (full === null) return [];
  const share = (amount: number, unit: string) => `${Math.max(1, Math.floor((amount * percentage) / 100))}${unit}`;
  const averageValue = name === "cpu" ? share(cpuMillis(full) ?? 0, "m") : share((memoryBytes(full) ?? 0) / MIB, "Mi");
  return [{ type: "Resource", resource: { name, target: { type: "AverageValue", averageValue } } }];
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
