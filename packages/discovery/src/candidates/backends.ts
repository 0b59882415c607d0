import type { V1Container, V1Service, V1ServicePort } from "@kubernetes/client-node";
import { isReady, oncePerService, podsOf, slicesOf, type ClusterObjects } from "./objects";

/** A ready pod behind a port of a Service. */
export interface Backend {
  readonly pod: string;
  readonly node: string | undefined;
  /** Port of the container. */
  readonly port: number;
}

/** Different containers of a Service that are looked at; a pod has few, and the pods of a Service are alike. */
const MAX_CONTAINERS = 50;

/** The containers of a Service's pods, equal ones once. */
const containersOf = oncePerService((service, objects): readonly V1Container[] => {
  const containers = podsOf(service, objects).flatMap((pod) => pod.spec?.containers ?? []);
  const different = new Map(containers.map((one) => [JSON.stringify([one.image, one.ports]), one]));
  return [...different.values()].slice(0, MAX_CONTAINERS);
});

/**
 * The container port that a Service's port leads to; a port name is resolved by the EndpointSlices, then by the pods.
 */
export function targetPortOf(service: V1Service, port: V1ServicePort, objects: ClusterObjects): number {
  if (typeof port.targetPort === "number") return port.targetPort;
  const fromSlice = slicesOf(service, objects)
    .flatMap((slice) => slice.ports ?? [])
    .find((one) => (one.name ?? "") === (port.name ?? ""))?.port;
  if (fromSlice) return fromSlice;
  const named = containersOf(service, objects)
    .flatMap((container) => container.ports ?? [])
    .find((one) => port.targetPort !== undefined && one.name === port.targetPort)?.containerPort;
  return named ?? port.port;
}

/**
 * The ready pods behind a port, according to the EndpointSlices or, without them, to the selector and the pods'
 * readiness.
 */
export function backendsOf(service: V1Service, port: V1ServicePort, objects: ClusterObjects): Backend[] {
  const target = targetPortOf(service, port, objects);
  const slices = slicesOf(service, objects);
  if (slices.length === 0) {
    return podsOf(service, objects)
      .filter((pod) => isReady(pod) && pod.metadata?.name)
      .map((pod) => ({ pod: pod.metadata?.name ?? "", node: pod.spec?.nodeName, port: target }));
  }
  return slices.flatMap((slice) =>
    (slice.endpoints ?? []).flatMap(({ conditions, targetRef, nodeName }) =>
      conditions?.ready !== false && targetRef?.kind === "Pod" && targetRef.name
        ? [{ pod: targetRef.name, node: nodeName, port: target }]
        : [],
    ),
  );
}

/**
 * Images that may serve a port: those of the containers that declare it, or of all containers if none does. So a
 * sidecar with its own port, such as an exporter, is not evidence for the database, and the database is not evidence
 * for the sidecar.
 */
export function imagesBehind(service: V1Service, targetPort: number, objects: ClusterObjects): string[] {
  const containers = containersOf(service, objects);
  const declaring = containers.filter((one) => (one.ports ?? []).some((port) => port.containerPort === targetPort));
  const silent = containers.filter((one) => (one.ports ?? []).length === 0);
  const serving = declaring.length > 0 ? declaring : silent;
  return [...new Set(serving.flatMap((one) => (one.image ? [one.image] : [])))];
}
