/** Finds databases in a cluster, and sets a stack's variables to their addresses. */
export { bindVariables, discoveredValues, type Binding, type BindOptions, type Bound } from "./binding";
export { meaningOf, type WantedVariable } from "./binding/variable-meaning";
export type { ClusterObjects, ServiceType } from "./candidates/objects";
export { apiError, type ApiRequest, forbiddenText } from "./cluster/api-errors";
export { ApiClusterReader, type ClusterApi, type Listed } from "./cluster/api-reader";
export { loadContext, targetOf } from "./cluster/kubeconfig";
export type { Finding } from "./confirm";
export { DiscoveryError } from "./discovery-error";
export { infraScans, type InfraScans, mayBeBound, typedEndpoints } from "./document";
export { type Kind, KINDS } from "./kinds";
export { discover, type DiscoverOptions, type Discovery, scan } from "./scan";
