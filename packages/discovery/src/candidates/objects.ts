import type { V1EndpointSlice, V1Node, V1Pod, V1Service } from "@kubernetes/client-node";

/**
 * The objects of a namespace that discovery reads. Pods, slices and nodes are empty if the credentials may not list
 * them.
 */
export interface ClusterObjects {
  readonly namespace: string;
  readonly services: readonly V1Service[];
  readonly pods: readonly V1Pod[];
  readonly slices: readonly V1EndpointSlice[];
  /** Nodes of the whole cluster. */
  readonly nodes: readonly V1Node[];
}

/** The Service types that discovery knows (E13); an ExternalName Service names a host outside of the cluster. */
export type ServiceType = "ClusterIP" | "NodePort" | "LoadBalancer";

export function serviceType(service: V1Service): ServiceType | undefined {
  const type = service.spec?.type ?? "ClusterIP";
  return type === "ClusterIP" || type === "NodePort" || type === "LoadBalancer" ? type : undefined;
}

export function isHeadless(service: V1Service): boolean {
  return service.spec?.clusterIP === "None";
}

export function isReady(pod: V1Pod): boolean {
  return (pod.status?.conditions ?? []).some(({ type, status }) => type === "Ready" && status === "True");
}

/** The slices of a Service. */
export function slicesOf(service: V1Service, objects: ClusterObjects): V1EndpointSlice[] {
  const name = service.metadata?.name;
  return objects.slices.filter((slice) => slice.metadata?.labels?.["kubernetes.io/service-name"] === name);
}

/** The pods that a Service selects, ready or not. A Service without a selector selects none. */
export function podsOf(service: V1Service, objects: ClusterObjects): V1Pod[] {
  const selector = Object.entries(service.spec?.selector ?? {});
  if (selector.length === 0) return [];
  return objects.pods.filter((pod) => selector.every(([key, value]) => pod.metadata?.labels?.[key] === value));
}
