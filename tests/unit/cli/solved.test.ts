import { eventRows } from "../../../cli/commands/status";
import type { KubernetesEvent } from "../../../cli/kubernetes-types";
import { partly } from "../../support/partly";

const metadata = { name: "p", creationTimestamp: "2026-01-01T00:00:00Z" };
const early = "2026-01-01T00:00:00Z";
const late = "2026-01-01T00:00:10Z";
const since = (type: string, lastTransitionTime: string, status = "True") => ({
  conditions: [{ type, status, lastTransitionTime }],
});

test.each<[string, string, object, object, boolean]>([
  ["a pod is ready since", "Pod", since("Ready", late), { lastTimestamp: early }, false],
  ["a pod is ready since the same second", "Pod", since("Ready", early), { lastTimestamp: early }, false],
  ["a pod was ready before", "Pod", since("Ready", early), { lastTimestamp: late }, true],
  ["a pod is not ready", "Pod", since("Ready", late, "False"), { lastTimestamp: early }, true],
  ["a pod did its work", "Pod", { phase: "Succeeded" }, { lastTimestamp: late }, false],
  [
    "it came again after the pod was ready",
    "Pod",
    since("Ready", "2026-01-01T00:00:05Z"),
    { eventTime: early, series: { lastObservedTime: late } },
    true,
  ],
  [
    "an autoscaler measures since",
    "HorizontalPodAutoscaler",
    since("ScalingActive", late),
    { lastTimestamp: early },
    false,
  ],
  [
    "an autoscaler measures nothing",
    "HorizontalPodAutoscaler",
    since("ScalingActive", late, "False"),
    { lastTimestamp: early },
    true,
  ],
  ["a claim has its volume", "PersistentVolumeClaim", { phase: "Bound" }, { lastTimestamp: late }, false],
  [
    "B38: a backup that was started by hand succeeded",
    "CronJob",
    { lastSuccessfulTime: late },
    { lastTimestamp: early },
    false,
  ],
  ["B38: no backup succeeded since", "CronJob", { lastSuccessfulTime: early }, { lastTimestamp: late }, true],
  ["a claim waits", "PersistentVolumeClaim", { phase: "Pending" }, { lastTimestamp: late }, true],
  ["a set has all its pods", "ReplicaSet", { readyReplicas: 2 }, { lastTimestamp: late }, false],
  ["a set lacks a pod", "ReplicaSet", { readyReplicas: 1 }, { lastTimestamp: late }, true],
])("A16 A33d: a warning is shown only until it is solved: %s", (_what, kind, status, times, shown) => {
  const event = partly<KubernetesEvent>({
    type: "Warning",
    reason: "Why",
    metadata,
    involvedObject: { kind, name: "p", uid: "u" },
    ...times,
  });
  const object = { kind, metadata: { ...metadata, uid: "u" }, spec: { replicas: 2 }, status };
  expect(eventRows([event], false, [object]).length - 1).toBe(shown ? 1 : 0);
  expect(eventRows([event], true, [object])).toHaveLength(2);
});
