import * as pulumi from "@pulumi/pulumi";

/** A Kubernetes object that the program is about to register. */
export interface PlannedObject {
  /** Group and version, such as apps/v1; v1 for the core group. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Undefined for cluster-scoped objects, such as a namespace. */
  readonly namespace: string | undefined;
}

interface Inputs {
  readonly metadata?: { readonly name?: string; readonly namespace?: pulumi.Input<string> };
}

/**
 * The object that a resource stands for. Undefined for a resource that is not a Kubernetes object, and for an object
 * with a name that the provider generates, which cannot exist yet.
 * @param namespace namespace to assume while an object's own is known only after its creation: the platform's
 */
export function plannedObject(type: string, inputs: unknown, namespace: string): PlannedObject | undefined {
  const [, group, version, kind] = /^kubernetes:([^/:]+)\/([^:]+):(\w+)$/.exec(type) ?? [];
  const { metadata } = inputs as Inputs;
  // A patch changes what somebody else has made.
  if (kind?.endsWith("Patch")) return undefined;
  if (!group || !version || !kind || metadata?.name === undefined) return undefined;
  return {
    apiVersion: group === "core" ? version : `${group}/${version}`,
    kind,
    name: metadata.name,
    namespace: pulumi.Output.isInstance(metadata.namespace) ? namespace : (metadata.namespace as string | undefined),
  };
}

/** The plural that addresses use, such as networkpolicies. */
function plural(kind: string): string {
  const name = kind.toLowerCase();
  if (name.endsWith("s")) return `${name}es`;
  return /[^aeiou]y$/.test(name) ? name.replace(/y$/, "ies") : `${name}s`;
}

/** The kind as Roles and kubectl name it, such as deployments.apps. */
export function resourceOf({ apiVersion, kind }: PlannedObject): string {
  const group = apiVersion.includes("/") ? `.${apiVersion.split("/")[0]}` : "";
  return `${plural(kind)}${group}`;
}

/** Path of the object at the API server. */
export function pathOf({ apiVersion, kind, name, namespace }: PlannedObject): string {
  const root = apiVersion.includes("/") ? "apis" : "api";
  const space = namespace === undefined ? "" : `/namespaces/${namespace}`;
  return `/${root}/${apiVersion}${space}/${plural(kind)}/${name}`;
}

/** The object as people name it, such as "Deployment nexus/redis". */
export function titleOf({ kind, name, namespace }: PlannedObject): string {
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}
