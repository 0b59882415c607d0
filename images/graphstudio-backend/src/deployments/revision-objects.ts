import { type ClusterObject, diffObjects, idOf, isSame, type ObjectDiff } from "@nexus/clusters";
import { fileName, type KubernetesObject, manifestText, redacted, secretValues } from "@nexus/compose";

const RESTARTED = "nexus.dev/restarted-at";
const RESTARTABLE = ["Deployment", "StatefulSet", "DaemonSet"];
const SCALABLE = ["Deployment", "StatefulSet"];

interface PodTemplate {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
}

/** The same objects with pods that are made anew. @param service only those of this one. Undefined if it has none */
export function restarted(
  objects: readonly ClusterObject[],
  service: string | undefined,
  at: Date,
): ClusterObject[] | undefined {
  return changed(objects, RESTARTABLE, service, (spec) => {
    const template = (spec.template ?? {}) as PodTemplate;
    const annotations = { ...template.metadata?.annotations, [RESTARTED]: at.toISOString() };
    return { ...spec, template: { ...template, metadata: { ...template.metadata, annotations } } };
  });
}

/** The same objects with another number of pods of a service. Undefined if it cannot be scaled */
export function scaled(
  objects: readonly ClusterObject[],
  service: string,
  replicas: number,
): ClusterObject[] | undefined {
  const hasAutoscaler = objects.some(
    ({ kind, metadata }) => kind === "HorizontalPodAutoscaler" && metadata.name === service,
  );
  return hasAutoscaler ? undefined : changed(objects, SCALABLE, service, (spec) => ({ ...spec, replicas }));
}

function changed(
  objects: readonly ClusterObject[],
  kinds: readonly string[],
  service: string | undefined,
  change: (spec: Record<string, unknown>) => object,
): ClusterObject[] | undefined {
  const isOne = ({ kind, metadata }: ClusterObject) =>
    kinds.includes(kind) && (service === undefined || metadata.name === service);
  if (!objects.some(isOne)) return undefined;
  return objects.map((object) =>
    isOne(object) ? { ...object, spec: change((object.spec ?? {}) as Record<string, unknown>) } : object,
  );
}

/** What one revision has otherwise than an earlier one. */
export function compared(before: readonly ClusterObject[], after: readonly ClusterObject[]): ObjectDiff[] {
  const same = (object: ClusterObject, all: readonly ClusterObject[]) =>
    all.find((one) => isSame(idOf(one), idOf(object)));
  const gone = before.filter((object) => !same(object, after));
  const changes = [
    ...after.map((object) => diffObjects(same(object, before), object)),
    ...gone.map((object): ObjectDiff => ({ id: idOf(object), change: "delete", fields: [] })),
  ].filter(({ change }) => change !== "unchanged");
  return withoutSecrets(changes, [...before, ...after]);
}

/** Changes without the values in the Secrets of `objects`, which revisions of earlier releases may have anywhere. */
export function withoutSecrets<Diff extends ObjectDiff>(
  changes: readonly Diff[],
  objects: readonly ClusterObject[],
): Diff[] {
  const known = secretValues(objects as readonly KubernetesObject[]);
  const shown = (value: unknown) =>
    redacted({ apiVersion: "", kind: "", metadata: { name: "" }, value } as KubernetesObject, known).value;
  return changes.map((change) => ({
    ...change,
    fields: change.fields.map(({ before, after, ...field }) => ({
      ...field,
      ...(before === undefined ? {} : { before: shown(before) }),
      ...(after === undefined ? {} : { after: shown(after) }),
    })),
  }));
}

/** The objects as files by cluster and namespace (E22), without secrets (F9). */
export function manifestFiles(objects: readonly ClusterObject[], clusterId: string): { path: string; text: string }[] {
  const known = secretValues(objects as readonly KubernetesObject[]);
  return (objects as readonly KubernetesObject[]).map((object) => ({
    path: `${clusterId}/${object.metadata.namespace ?? object.metadata.name}/${fileName(object)}`,
    text: manifestText(redacted(object, known)),
  }));
}
