import { isDeepStrictEqual } from "node:util";
import type { Found, ManagedFields, Metadata } from "./look-up";
import { pathOf, type PlannedObject, plannedObject, titleOf } from "./planned-object";
import { FIELD_MANAGER } from "../lib/ownership";
import { excerpt } from "@nexus/host";
import type { RecordedResource } from "./recorded";

/** How the cluster differs from the state after the last update; each entry names one object. */
export interface Drift {
  /** Deleted objects. */
  readonly lost: readonly string[];
  /** Objects that somebody else changed, with who and when. */
  readonly changed: readonly string[];
}

/** Maximum length of a foreign name in a message. */
const SHOWN = 63;
/** A completed Job may be deleted. */
const FLEETING = "Job";

/** The Kubernetes object of a recorded resource; undefined for other resources, and for objects that may be deleted. */
export function recordedObject({ type, outputs }: RecordedResource): PlannedObject | undefined {
  const object = plannedObject(type, outputs, "");
  return object?.kind === FLEETING ? undefined : object;
}

/** Whether the stack says how many pods run; with an autoscaler it does not. */
function ownsReplicas({ managedFields = [] }: Metadata): boolean {
  const own = managedFields.find(({ manager, operation }) => manager === FIELD_MANAGER && operation === "Apply");
  return own?.fieldsV1?.["f:spec"]?.["f:replicas"] !== undefined;
}

/**
 * Who wrote which fields, without the status that controllers report. The API server records it for every object. A
 * change by somebody else gives the field another owner, or the owner another time, so the values need not be compared.
 */
function writersOf({ managedFields = [] }: Metadata, replicas: boolean): ManagedFields[] {
  return managedFields.filter(({ subresource }) => subresource !== "status" && (replicas || subresource !== "scale"));
}

function changedBy(before: Metadata, now: Metadata): string | undefined {
  const replicas = ownsReplicas(before);
  const known = writersOf(before, replicas);
  const isKnown = (one: ManagedFields) => known.some((other) => isDeepStrictEqual(one, other));
  const fresh = writersOf(now, replicas).filter((one) => !isKnown(one));
  if (fresh.length === 0) return undefined;
  const others = fresh.filter(({ manager, operation }) => manager !== FIELD_MANAGER || operation !== "Apply");
  const names = others.map(
    ({ manager = "somebody unknown", time }) => `${excerpt(manager, SHOWN)}${time === undefined ? "" : `, ${time}`}`,
  );
  return names.join("; ") || "somebody who removed fields";
}

/**
 * Compares the metadata of the stack's own objects with the metadata in the state.
 * @param isAsked false for resources that were not looked up in the cluster
 */
export function driftOf(
  recorded: readonly RecordedResource[],
  found: readonly Found[],
  isAsked: (resource: RecordedResource) => boolean = () => true,
): Drift {
  const now = new Map(found.map(({ object, metadata }) => [pathOf(object), metadata]));
  const [lost, changed]: [string[], string[]] = [[], []];
  for (const resource of recorded) {
    const object = recordedObject(resource);
    if (!object || !isAsked(resource)) continue;
    const metadata = now.get(pathOf(object));
    const by = metadata && changedBy(resource.outputs.metadata ?? {}, metadata);
    if (!metadata) lost.push(titleOf(object));
    else if (by !== undefined) changed.push(`${titleOf(object)} (${by})`);
  }
  return { lost, changed };
}

/** The drift in one sentence; undefined if there is none. */
export function driftText({ lost, changed }: Drift): string | undefined {
  const parts = [
    ...(lost.length > 0 ? [`deleted ${lost.toSorted().join(", ")}`] : []),
    ...(changed.length > 0 ? [`changed ${changed.toSorted().join(", ")}`] : []),
  ];
  return parts.length > 0 ? `Since the last update somebody else ${parts.join(" and ")}` : undefined;
}
