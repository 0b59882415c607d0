import * as pulumi from "@pulumi/pulumi";

/** Who owns the fields that this program applies, for the API server. */
export const FIELD_MANAGER = "nexus";

/** Says on each object which stack made it: nothing else tells the objects of two stacks of one name apart. */
export const STACK_ANNOTATION = "nexus/stack";

/** This stack in {@link STACK_ANNOTATION}. Without the organization: a state may move to another backend. */
export function stackMark(): string {
  return `${pulumi.getProject()}/${pulumi.getStack()}`;
}

interface KubernetesInputs {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
  readonly [input: string]: unknown;
}

/**
 * Marks every Kubernetes object below a component as this stack's, and gives all of them one field manager. The provider
 * would make up another name at each creation; the creation that goes on after a killed `up` then conflicts with its own
 * first attempt, in every list to which the API server added defaults.
 */
export function withOwner({ type, props, opts }: pulumi.ResourceTransformationArgs) {
  if (!type.startsWith("kubernetes:")) return undefined;
  const inputs = props as KubernetesInputs;
  const own = {
    "pulumi.com/patchFieldManager": FIELD_MANAGER,
    // What somebody changed by hand, the next update takes back; without this it ends in a conflict.
    "pulumi.com/patchForce": "true",
    [STACK_ANNOTATION]: stackMark(),
  };
  // Last: an annotation that somebody configured must not give the object away.
  const annotations = { ...inputs.metadata?.annotations, ...own };
  return { props: { ...inputs, metadata: { ...inputs.metadata, annotations } }, opts };
}
