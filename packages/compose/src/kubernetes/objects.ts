import type { Place } from "../source/problem";

/** A Kubernetes object as plain data. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
  readonly [field: string]: unknown;
}

export interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Fields that all objects of a service have in common. */
export interface Target {
  readonly name: string;
  readonly namespace: string;
  readonly project: string;
  readonly place: Place;
}

export function selectorOf({ name, project }: Target): Record<string, string> {
  return { "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": project };
}

/** Labels of every object of a service. */
export function labelsOf(target: Target, component: string): Record<string, string> {
  return {
    ...selectorOf(target),
    "app.kubernetes.io/instance": target.name,
    "app.kubernetes.io/component": component,
    "app.kubernetes.io/managed-by": "pulumi",
  };
}

export function metadataOf(target: Target, component: string, name = target.name): Metadata {
  return { name, namespace: target.namespace, labels: labelsOf(target, component) };
}

/** The same object without undefined or empty fields. */
export function compact<T extends object>(value: T): T {
  const kept = Object.entries(value).filter(([, item]: [string, unknown]) => {
    if (item === undefined) return false;
    if (Array.isArray(item)) return item.length > 0;
    return typeof item !== "object" || item === null || Object.keys(item).length > 0;
  });
  return Object.fromEntries(kept) as T;
}
