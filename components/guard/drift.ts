import { isDeepStrictEqual } from "node:util";
import type { Found, ManagedFields, Metadata } from "./look-up";
import { pathOf, type PlannedObject, plannedObject, titleOf } from "./planned-object";
import { FIELD_MANAGER } from "../lib/ownership";
import { excerpt } from "@nexus/host";
import type { RecordedResource } from "./recorded";

/** How the cluster differs from what the last update left; each entry names one object. */
export interface Drift {
  /** Objects that are gone. */
  readonly lost: readonly string[];
  /** Objects that somebody else wrote to, with who and when. */
  readonly changed: readonly string[];
}

/** Longest name of somebody else that is shown. */
const SHOWN = 63;
/** Jobs may go when they have done their work. */
const FLEETING = "Job";

/** The object that a recorded resource stands for; undefined for resources that are none, and for those that may go. */
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
 * Who wrote which fields, without what controllers report. The API server keeps it for every object: a field that
 * somebody changed has another owner since then, and an owner another time, so the values need not be read.
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
  return names.join("; ") || "somebody who took fields out";
}

/**
 * Compares the metadata of the stack's own objects with those that the state has of them.
 * @param isAsked leaves out resources that the cluster was not asked for
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

/** The drift in one sentence; undefined where there is none. */
export function driftText({ lost, changed }: Drift): string | undefined {
  const parts = [
    ...(lost.length > 0 ? [`deleted ${lost.toSorted().join(", ")}`] : []),
    ...(changed.length > 0 ? [`changed ${changed.toSorted().join(", ")}`] : []),
  ];
  return parts.length > 0 ? `Since the last update somebody else ${parts.join(" and ")}` : undefined;
}
