/** Compose projects as Kubernetes objects. */
export { convert, type Conversion } from "./convert";
export type { ConvertOptions, VariableKind } from "./convert-options";
export { type DeploymentSpec, deploymentSpecSchema } from "./deployment-spec";
export type { Feature } from "./feature";
export { features } from "./features";
export { isMetadataKey } from "./names";
export type { KubernetesObject } from "./kubernetes/objects";
export type { Loss } from "./losses";
export type { BuildTarget, ImageBuild } from "./model/types";
export { manifestText } from "./manifest-text";
export { fileName, redacted, secretValues } from "./redact";
export { isSecretVariable } from "./secrets";
export { ComposeError, type ComposeProblem, gather } from "./source/problem";
export { resolveValue, resolveValues, type ResolvedValue, type ValueLayers, type ValueSource } from "./value-order";
export { composeVariables } from "./variables";
