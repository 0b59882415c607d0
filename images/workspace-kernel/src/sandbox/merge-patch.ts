import type { JsonValue } from "./messages";

const isObject = (value: JsonValue | undefined): value is { [key: string]: JsonValue } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Applies an RFC 7396 merge patch: members replace, null removes, anything but an object replaces the whole. */
export function mergePatch(target: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (!isObject(patch)) return patch;
  // Without a prototype, so that a member named __proto__ is a member like any other.
  const result = Object.assign(Object.create(null) as { [key: string]: JsonValue }, isObject(target) ? target : {});
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}
