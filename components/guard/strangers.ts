import { FIELD_MANAGER, STACK_ANNOTATION } from "../lib/ownership";
import { excerpt, NexusError } from "@nexus/host";
import type { ClusterAccess } from "../lib/provider";
import type { Found, Metadata } from "./look-up";
import { resourceOf, titleOf } from "./planned-object";

/** Maximum length of foreign text that a message shows. */
const SHOWN = 63;

/**
 * Whether the stack made the object. An object without the mark that our field manager applied comes from a release
 * before the marks; the next update marks it.
 */
function isOwn({ annotations, managedFields = [] }: Metadata, mark: string): boolean {
  const owner = annotations?.[STACK_ANNOTATION];
  if (owner !== undefined) return owner === mark;
  return managedFields.some(({ manager, operation }) => manager === FIELD_MANAGER && operation === "Apply");
}

/** The objects that the stack did not make. */
export function strangers(found: readonly Found[], mark: string): Found[] {
  return found.filter(({ metadata }) => !isOwn(metadata, mark));
}

/** Who made an object and when, if the object says so. */
function originOf({ annotations, labels, creationTimestamp, deletionTimestamp, managedFields = [] }: Metadata): string {
  const owner = annotations?.[STACK_ANNOTATION];
  // The first writer made the object; a controller that only reports the status did not.
  const writers = managedFields.filter(({ subresource }) => subresource === undefined);
  const inOrder = writers.toSorted((one, other) => (one.time ?? "").localeCompare(other.time ?? ""));
  const managers = [...new Set(inOrder.map(({ manager }) => manager ?? "unknown"))];
  const by = managers.map((manager) => excerpt(manager, SHOWN)).join(", ") || "somebody unknown";
  const managedBy = labels?.["app.kubernetes.io/managed-by"];
  return [
    owner === undefined ? `made by ${by}` : `of the stack ${excerpt(owner, SHOWN)}`,
    ...(managedBy === undefined ? [] : [`managed by ${excerpt(managedBy, SHOWN)}`]),
    ...(creationTimestamp === undefined ? [] : [`since ${creationTimestamp}`]),
    ...(deletionTimestamp === undefined ? [] : ["being deleted: wait until it is gone"]),
  ].join(", ");
}

/** One error for all of them, with the command that shows who owns each object and the command that hands it over. */
export function strangersError(found: readonly Found[], cluster: ClusterAccess, mark: string): NexusError {
  const kubeconfig = cluster.kubeconfig === undefined ? "" : ` --kubeconfig ${cluster.kubeconfig}`;
  const lines = found.flatMap(({ object, metadata }) => {
    const space = object.namespace === undefined ? "" : ` -n ${object.namespace}`;
    const kubectl = `kubectl${kubeconfig} --context ${cluster.context}${space}`;
    const target = `${resourceOf(object)} ${object.name}`;
    return [
      `${titleOf(object)}: ${originOf(metadata)}`,
      `  whose it is:  ${kubectl} get ${target} -o yaml --show-managed-fields`,
      `  hand it over: ${kubectl} annotate --overwrite ${target} ${STACK_ANNOTATION}=${mark}`,
    ];
  });
  const fix =
    "Fix: use another namespace (nexus:namespace, nexus:compose.<project>.namespace) or other names (nexus:names), " +
    "delete objects that nobody needs, or hand an object over to this stack, which then changes it, and deletes it with the stack.";
  const subject =
    `Objects that the stack ${mark} would create exist already, and somebody else made them. ` + "Nothing was changed:";
  return new NexusError(subject, [...lines, fix]);
}
