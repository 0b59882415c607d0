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

/** Pods of a Service that are looked at: they are alike. */
const MAX_PODS = 50;

/** Work that is done once for each Service of a reading. */
export function oncePerService<T>(work: (service: V1Service, objects: ClusterObjects) => T): typeof work {
  const known = new WeakMap<ClusterObjects, Map<V1Service, T>>();
  return (service, objects) => {
    const ofReading = known.get(objects) ?? new Map<V1Service, T>();
    known.set(objects, ofReading);
    const result = ofReading.get(service) ?? work(service, objects);
    ofReading.set(service, result);
    return result;
  };
}

/** The slices of a Service. */
export const slicesOf = oncePerService((service, objects): readonly V1EndpointSlice[] => {
  const name = service.metadata?.name;
  return objects.slices.filter((slice) => slice.metadata?.labels?.["kubernetes.io/service-name"] === name);
});

/** The pods that a Service selects, the ready ones first. A Service without a selector selects none. */
export const podsOf = oncePerService((service, objects): readonly V1Pod[] => {
  const selector = Object.entries(service.spec?.selector ?? {});
  if (selector.length === 0) return [];
  return objects.pods
    .filter((pod) => selector.every(([key, value]) => pod.metadata?.labels?.[key] === value))
    .sort((one, other) => Number(isReady(other)) - Number(isReady(one)))
    .slice(0, MAX_PODS);
});
