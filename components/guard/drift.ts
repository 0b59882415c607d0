import { isDeepStrictEqual } from "node:util";
import type { Found, ManagedFields, Metadata } from "./look-up";
import { pathOf, type PlannedObject, plannedObject, titleOf } from "./planned-object";
import { FIELD_MANAGER } from "../lib/ownership";
import { excerpt } from "@nexus/host";
import { fieldPaths } from "./field-paths";
import type { RecordedResource } from "./recorded";

/** How the cluster differs from the state after the last update; each entry names one object. */
export interface Drift {
  /** Deleted objects. */
  readonly lost: readonly string[];
  /** Objects that somebody else changed, with who and when. */
  readonly changed: readonly string[];
}

/** Who changed fields of an object, as far as the cluster knows. */
export interface Change {
  readonly by: string;
  /** Undefined if nobody owns the fields any more. */
  readonly time: string | undefined;
  readonly fields: readonly string[];
}

/** An object that somebody else changed. */
export interface ChangedObject {
  readonly object: PlannedObject;
  readonly changes: readonly Change[];
  /** Fields that the stack sets; an update resets them, and no others. */
  readonly own: ReadonlySet<string>;
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

/** Parts of the cluster that complete objects, such as a claim that gets its volume. */
const CONTROLLERS: ReadonlySet<string | undefined> = new Set(["kube-controller-manager", "kube-scheduler"]);

const isOurs = ({ manager, operation }: ManagedFields) => manager === FIELD_MANAGER && operation === "Apply";

const fieldsOf = (entries: readonly ManagedFields[]) => new Set(entries.flatMap(fieldPaths));

/** What others did to an object since it was recorded; empty if nothing. */
function changesOf(before: Metadata, now: Metadata): Change[] {
  const replicas = ownsReplicas(before);
  const known = writersOf(before, replicas);
  const isKnown = (one: ManagedFields) => known.some((other) => isDeepStrictEqual(one, other));
  const present = writersOf(now, replicas);
  const fresh = present.filter((one) => !isKnown(one) && !CONTROLLERS.has(one.manager));
  const others = fresh.filter((one) => !isOurs(one)).map((one) => changeOf(one, known));
  const held = fieldsOf(present);
  const gone = [...fieldsOf(known.filter(isOurs))].filter((field) => !held.has(field));
  // Whoever removed fields of ours leaves no trace but that we own fewer; one who takes them over is among the others.
  if (fresh.length === 0 || (others.length > 0 && gone.length === 0)) return others;
  return [...others, { by: "somebody who removed fields", time: undefined, fields: gone }];
}

function changeOf(now: ManagedFields, known: readonly ManagedFields[]): Change {
  const { manager = "somebody unknown", time } = now;
  const same = (one: ManagedFields) =>
    one.manager === now.manager && one.operation === now.operation && one.subresource === now.subresource;
  const before = fieldsOf(known.filter(same));
  const all = fieldPaths(now);
  const added = all.filter((field) => !before.has(field));
  // Somebody who wrote the same fields once more changed any of them.
  return { by: excerpt(manager, SHOWN), time, fields: added.length > 0 ? added : all };
}

/**
 * Compares the metadata of the stack's own objects with the metadata in the state.
 * @param isAsked false for resources that were not looked up in the cluster
 */
export function changesSince(
  recorded: readonly RecordedResource[],
  found: readonly Found[],
  isAsked: (resource: RecordedResource) => boolean = () => true,
): { readonly lost: readonly PlannedObject[]; readonly changed: readonly ChangedObject[] } {
  const now = new Map(found.map(({ object, metadata }) => [pathOf(object), metadata]));
  const [lost, changed]: [PlannedObject[], ChangedObject[]] = [[], []];
  for (const resource of recorded) {
    const object = recordedObject(resource);
    if (!object || !isAsked(resource)) continue;
    const metadata = now.get(pathOf(object));
    const before = resource.outputs.metadata ?? {};
    const changes = metadata && changesOf(before, metadata);
    if (!changes) lost.push(object);
    else if (changes.length > 0)
      changed.push({ object, changes, own: fieldsOf((before.managedFields ?? []).filter(isOurs)) });
  }
  return { lost, changed };
}

/** {@link changesSince} in words. */
export function driftOf(...args: Parameters<typeof changesSince>): Drift {
  const { lost, changed } = changesSince(...args);
  const text = ({ by, time }: Change) => `${by}${time === undefined ? "" : `, ${time}`}`;
  return {
    lost: lost.map(titleOf),
    changed: changed.map(({ object, changes }) => `${titleOf(object)} (${changes.map(text).join("; ")})`),
  };
}

/** The drift in one sentence; undefined if there is none. */
export function driftText({ lost, changed }: Drift): string | undefined {
  const parts = [
    ...(lost.length > 0 ? [`deleted ${lost.toSorted().join(", ")}`] : []),
    ...(changed.length > 0 ? [`changed ${changed.toSorted().join(", ")}`] : []),
  ];
  return parts.length > 0 ? `Since the last update somebody else ${parts.join(" and ")}` : undefined;
}
