import { isDeepStrictEqual } from "node:util";
import { type ClusterObject, idOf, type ObjectId } from "./object-client";

/** One field that would change. Values of Secrets are left out. */
export interface FieldChange {
  /** Such as `spec.template.spec.containers[name=app].image`. */
  readonly path: string;
  /** Undefined for a field that is new, and for secrets. */
  readonly before?: unknown;
  /** Undefined for a field that goes away, and for secrets. */
  readonly after?: unknown;
  readonly secret: boolean;
}

export interface ObjectDiff {
  readonly id: ObjectId;
  readonly change: "create" | "update" | "unchanged" | "delete";
  readonly fields: readonly FieldChange[];
}

/** Fields that the server keeps for itself; they change without anybody's doing. */
const SERVERS_METADATA = ["managedFields", "resourceVersion", "uid", "generation", "creationTimestamp", "selfLink"];
/** Lists whose items are told apart by a field, as server-side apply does it. */
const KEYS = ["name", "containerPort", "port", "mountPath", "key", "ip", "host"];

/** What applying changes. @param before the live object; undefined if there is none. @param after of a dry run */
export function diffObjects(before: ClusterObject | undefined, after: ClusterObject): ObjectDiff {
  if (before === undefined) return { id: idOf(after), change: "create", fields: [] };
  // Annotations may repeat the whole object.
  const isSecret = (path: string) => after.kind === "Secret" && !/^(metadata\.labels|type|immutable)\b/.test(path);
  const fields = [...changes(wanted(before), wanted(after), "", isSecret)];
  return { id: idOf(after), change: fields.length === 0 ? "unchanged" : "update", fields };
}

function wanted({ status: _status, metadata, ...rest }: ClusterObject): Record<string, unknown> {
  const kept = Object.entries(metadata).filter(([field]) => !SERVERS_METADATA.includes(field));
  return { ...rest, metadata: Object.fromEntries(kept) };
}

function* changes(
  before: unknown,
  after: unknown,
  path: string,
  isSecret: (path: string) => boolean,
): Generator<FieldChange> {
  const [one, other] = [partsOf(before), partsOf(after)];
  if (one && other) {
    for (const key of new Set([...one.keys(), ...other.keys()])) {
      const inner = key.startsWith("[") || path === "" ? `${path}${key}` : `${path}.${key}`;
      yield* changes(one.get(key), other.get(key), inner, isSecret);
    }
  } else if (!isDeepStrictEqual(before, after))
    yield isSecret(path) ? { path, secret: true } : { path, before, after, secret: false };
}

/** The parts of an object or a list by their names; undefined for a single value. */
function partsOf(value: unknown): Map<string, unknown> | undefined {
  if (Array.isArray(value)) {
    const key = KEYS.find((field) => hasUnique(value, field));
    return new Map(value.map((item, index) => [key ? `[${key}=${String((item as never)[key])}]` : `[${index}]`, item]));
  }
  return typeof value === "object" && value !== null ? new Map(Object.entries(value)) : undefined;
}

function hasUnique(items: readonly unknown[], field: string): boolean {
  const values = items.map((item) =>
    typeof item === "object" && item !== null ? (item as Record<string, unknown>)[field] : undefined,
  );
  return values.every((value) => value !== undefined) && new Set(values).size === values.length;
}
