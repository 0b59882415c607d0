import * as pulumi from "@pulumi/pulumi";

/** Field manager: the name under which this program applies fields. */
export const FIELD_MANAGER = "nexus";

/**
 * Annotation that names the stack which made an object. Nothing else distinguishes the objects of two stacks with the
 * same names.
 */
export const STACK_ANNOTATION = "nexus/stack";

/**
 * Value of {@link STACK_ANNOTATION} for this stack. It omits the organization, because a state may move to another
 * backend.
 */
export function stackMark(): string {
  return `${pulumi.getProject()}/${pulumi.getStack()}`;
}

interface KubernetesInputs {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
  readonly [input: string]: unknown;
}

/**
 * Marks every Kubernetes object below a component as this stack's, and sets one field manager for all of them. By
 * default the provider generates a new field manager at each creation. A creation that is repeated after a killed `up`
 * would then conflict with its own first attempt, in every list to which the API server added defaults.
 */
export function withOwner({ type, props, opts }: pulumi.ResourceTransformationArgs) {
  if (!type.startsWith("kubernetes:")) return undefined;
  const inputs = props as KubernetesInputs;
  const own = {
    "pulumi.com/patchFieldManager": FIELD_MANAGER,
    // The next update overwrites changes by hand. Without this, it would fail with a conflict.
    "pulumi.com/patchForce": "true",
    [STACK_ANNOTATION]: stackMark(),
  };
  // Last, so that a configured annotation cannot name another owner.
  const annotations = { ...inputs.metadata?.annotations, ...own };
  return { props: { ...inputs, metadata: { ...inputs.metadata, annotations } }, opts };
}
