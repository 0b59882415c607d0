import type { KubernetesObject } from "./kubernetes/objects";

/** The same object without the values of a Secret. */
export function redacted(object: KubernetesObject): KubernetesObject {
  if (object.kind !== "Secret") return object;
  const { data, ...rest } = object;
  return { ...rest, stringData: Object.fromEntries(Object.keys(data ?? {}).map((key) => [key, "REDACTED"])) };
}

/** File that an object is written to, such as mem0-ui-deployment.yaml (E22). */
export function fileName({ kind, metadata }: KubernetesObject): string {
  return `${metadata.name}-${kind.toLowerCase()}.yaml`;
}
