import { dnsName } from "../names";
import type { Service } from "../model/types";
import { compact, type KubernetesObject, metadataOf, selectorOf } from "./objects";
import { type PodContext, podTemplate } from "./pod";
import { claimSpec } from "./volumes";

/** Number of pods of a service that becomes a Deployment, a StatefulSet or a Job. */
function podCount({ spec, replicas }: Service): number {
  return spec.replicas ?? replicas ?? 1;
}

/** Maximum number of pods of a service at the same time, apart from an update. */
export function mostPods(service: Service): number {
  return service.spec.autoscaling?.max_replicas ?? podCount(service);
}

/** Deployment, StatefulSet, DaemonSet or Job of a service. */
export function workload(context: PodContext): KubernetesObject {
  const { service, target } = context;
  const base = metadataOf(target, "service");
  const { spec } = service;
  const metadata = {
    ...base,
    labels: { ...Object.fromEntries(service.labels), ...spec.labels, ...base.labels },
    ...annotated({ ...Object.fromEntries(service.workloadAnnotations), ...spec.annotations }),
  };
  const selector = { matchLabels: selectorOf(target) };
  const replicas = podCount(service);
  if (service.mode === "job") return job(context, metadata, replicas);
  const template = podTemplate(context);
  if (service.mode === "global")
    return { apiVersion: "apps/v1", kind: "DaemonSet", metadata, spec: { selector, template } };
  if (context.templates.size === 0) {
    const rollout = {
      strategy: strategy(service),
      minReadySeconds: service.rollout?.delaySeconds || undefined,
    };
    const deployment = compact({ replicas, selector, ...rollout, template });
    // Zero pods are a valid number, not a missing value.
    return { apiVersion: "apps/v1", kind: "Deployment", metadata, spec: { ...deployment, replicas } };
  }
  const volumeClaimTemplates = [...context.templates].map((name) => {
    const volume = context.volumes.get(name);
    return {
      metadata: {
        name: volume?.label ?? dnsName(name),
        labels: selectorOf(target),
        ...annotated(Object.fromEntries(volume?.annotations ?? [])),
      },
      spec: volume ? claimSpec(volume) : {},
    };
  });
  const stateful = { serviceName: target.name, replicas, selector, template, volumeClaimTemplates };
  return { apiVersion: "apps/v1", kind: "StatefulSet", metadata, spec: stateful };
}

function annotated(annotations: Readonly<Record<string, string>>) {
  return Object.keys(annotations).length > 0 ? { annotations } : {};
}

function job(context: PodContext, metadata: KubernetesObject["metadata"], replicas: number): KubernetesObject {
  const { backoffLimit } = context.service;
  const parallel = replicas > 1 ? { completions: replicas, parallelism: replicas } : {};
  const spec = { ...parallel, ...(backoffLimit === undefined ? {} : { backoffLimit }) };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata,
    spec: { ...spec, template: podTemplate(context, backoffLimit === 0 ? "Never" : "OnFailure") },
  };
}

/** New pods are ready before old ones are stopped, unless the file sets another order or both would write one volume. */
function strategy(service: Service) {
  const { rollout, mounts } = service;
  const count = rollout?.parallelism ?? 1;
  // Compose runs one container at a time on such a volume; databases damage data that a second process writes.
  const isOnlyWriter = mostPods(service) === 1 && mounts.some((mount) => mount.kind === "volume" && !mount.readOnly);
  if (count === 0 || (isOnlyWriter && !rollout?.startFirst)) return { type: "Recreate" };
  const startFirst = rollout?.startFirst ?? true;
  const rollingUpdate = startFirst ? { maxUnavailable: 0, maxSurge: count } : { maxUnavailable: count, maxSurge: 0 };
  return { type: "RollingUpdate", rollingUpdate };
}
