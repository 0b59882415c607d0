import type * as pulumi from "@pulumi/pulumi";

/** Who owns the fields that this program applies, for the API server. */
export const FIELD_MANAGER = "nexus";

const ANNOTATION = "pulumi.com/patchFieldManager";

interface KubernetesInputs {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
  readonly [input: string]: unknown;
}

/**
 * Gives every Kubernetes object below a component one field manager. The provider would make up another name at each
 * creation; the creation that goes on after a killed `up` then conflicts with its own first attempt, in every list to
 * which the API server added defaults.
 */
export function withFieldManager({ type, props, opts }: pulumi.ResourceTransformationArgs) {
  if (!type.startsWith("kubernetes:")) return undefined;
  const inputs = props as KubernetesInputs;
  const annotations = { [ANNOTATION]: FIELD_MANAGER, ...inputs.metadata?.annotations };
  return { props: { ...inputs, metadata: { ...inputs.metadata, annotations } }, opts };
}
