import type * as kubernetes from "@kubernetes/client-node";

/** A type of the library as its JSON looks: dates are strings. */
type Json<T> = T extends Date ? string : T extends object ? { readonly [Key in keyof T]: Json<T[Key]> } : T;

type Filled<T, Key> = Required<Pick<T, Key & keyof T>> & T;

export type Metadata = Json<Filled<kubernetes.V1ObjectMeta, "name" | "creationTimestamp">>;

/** An object as kubectl prints it. The library marks fields as optional that a cluster always sets. */
type Printed<T> = Json<Filled<Omit<T, "metadata">, "kind" | "spec" | "status">> & { readonly metadata: Metadata };

export type Condition = Json<kubernetes.V1PodCondition>;
export type ContainerStatus = Json<kubernetes.V1ContainerStatus>;
export type Pod = Printed<kubernetes.V1Pod>;
export type Node = Printed<kubernetes.V1Node> & { readonly kind: "Node" };
export type ReplicaSet = Printed<kubernetes.V1ReplicaSet>;
export type Job = Printed<kubernetes.V1Job>;
export type CronJob = Printed<kubernetes.V1CronJob>;
/** A Deployment or a StatefulSet; a StatefulSet only lacks fields that are optional in both. */
export type Workload = Printed<kubernetes.V1Deployment>;
export type Service = Printed<kubernetes.V1Service>;
export type EndpointSlice = Printed<kubernetes.V1EndpointSlice>;
export type Autoscaler = Printed<kubernetes.V2HorizontalPodAutoscaler>;
export type KubernetesEvent = Printed<kubernetes.CoreV1Event>;
