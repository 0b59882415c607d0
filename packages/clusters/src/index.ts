/** Uses Kubernetes clusters of other people: reads their kubeconfigs, and reaches only servers that may be reached. */
export { accountManifest, accountObjects, kubeconfigCommands } from "./account";
export { addressProblem, type AddressRules, guardedLookup, requireServer } from "./address-rules";
export {
  type ApiAnswer,
  type ApiRequest,
  ApiTransport,
  ConnectionError,
  readAll,
  type TransportOptions,
} from "./api-transport";
export { checkCluster, type ClusterHealth } from "./cluster-check";
export { ClusterError, type ClusterFault } from "./cluster-error";
export {
  type ClusterCredential,
  contextsOf,
  MAX_KUBECONFIG_BYTES,
  readKubeconfig,
  type ReadOptions,
} from "./kubeconfig";
export { connectToPod, type PodPort } from "./pod-port";
export { open, seal, type Sealed, type SealingKey, sealingKeys } from "./seal";
export {
  applyDeployment,
  DEPLOYMENT_LABEL,
  type DeploymentRequest,
  type ObjectOutcome,
  planDeployment,
  type PlannedObject,
  removeDeployment,
} from "./deployment";
export { ApiRefusal } from "./api-refusal";
export { podLogs } from "./pod-logs";
export { readRollout, type Rollout, rolloutStates, problemKinds } from "./rollout";
export { type ApplyOptions, type ClusterObject, idOf, isSame, ObjectClient, type ObjectId } from "./object-client";
export { diffObjects, type FieldChange, type ObjectDiff } from "./object-diff";
