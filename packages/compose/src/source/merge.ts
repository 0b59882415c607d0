import { list, type ListNode, type MapNode, textOf, type Tree } from "./tree";

/** Values that a later file replaces as a whole, because half of one command and half of another make no sense. */
const REPLACED = [/^services\.[^.]+\.(command|entrypoint)$/, /^services\.[^.]+\.healthcheck\.test$/];

/** Lists whose items have a key for merging. */
const KEYED: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^services\.[^.]+\.ports$/, ["host_ip", "target", "published", "protocol"]],
  [/^services\.[^.]+\.volumes$/, ["target"]],
  [/^services\.[^.]+\.(secrets|configs)$/, ["target", "source"]],
];

/**
 * Merges two canonical documents by the rules of the compose specification: mappings key by key, lists appended,
 * commands replaced, ports, volumes, secrets and configs by their keys, `!reset` and `!override` obeyed.
 */
export function merge(base: MapNode, over: MapNode, path = ""): MapNode {
  const entries = new Map(base.entries);
  for (const [key, value] of over.entries) {
    const before = entries.get(key);
    const merged = before === undefined ? value : mergeValues(before, value, path === "" ? key : `${path}.${key}`);
    if (value.tag === "reset") entries.delete(key);
    else entries.set(key, merged);
  }
  return { ...over, entries };
}

function mergeValues(before: Tree, value: Tree, path: string): Tree {
  if (value.tag === "override" || REPLACED.some((pattern) => pattern.test(path))) return value;
  if (before.kind === "map" && value.kind === "map") return { ...merge(before, value, path), keyPlace: value.keyPlace };
  if (before.kind === "list" && value.kind === "list")
    return { ...mergeLists(before, value, path), keyPlace: value.keyPlace };
  // `networks: { back: }` over `networks: { back: { aliases: ... } }` says nothing new.
  if (before.kind === "map" && value.kind === "scalar" && value.value === null) return before;
  return value;
}

function mergeLists(before: ListNode, value: ListNode, path: string): ListNode {
  const fields = KEYED.find(([pattern]) => pattern.test(path))?.[1];
  const items = [...before.items];
  // From the last to the first, so that the first of several equal items wins.
  const places = new Map(items.map((item, index) => [identity(item, fields), index] as const).reverse());
  for (const item of value.items) {
    const same = places.get(identity(item, fields));
    const other = same === undefined ? undefined : items[same];
    if (same === undefined || other === undefined) places.set(identity(item, fields), items.push(item) - 1);
    else items[same] = other.kind === "map" && item.kind === "map" ? merge(other, item) : item;
  }
  return { ...list(value.place, items), ...(value.tag ? { tag: value.tag } : {}) };
}

function identity(node: Tree, fields: readonly string[] | undefined): string | object {
  if (node.kind === "scalar") return `=${textOf(node)}`;
  if (node.kind !== "map" || !fields) return node;
  const values = fields.map((field) =>
    textOf(node.entries.get(field) ?? { kind: "scalar", value: null, place: node.place }),
  );
  // A secret without a target is mounted under its own name.
  if (fields.includes("source")) return values[0] || (values[1] ?? "");
  return values.map((value, index) => value || (fields[index] === "protocol" ? "tcp" : "")).join("|");
}

/** The same document without values that are marked for reset. */
export function withoutResets(node: Tree): Tree {
  if (node.kind === "scalar") return node;
  if (node.kind === "list")
    return { ...node, items: node.items.filter(({ tag }) => tag !== "reset").map(withoutResets) };
  const kept = [...node.entries].filter(([, value]) => value.tag !== "reset");
  return { ...node, entries: new Map(kept.map(([key, value]) => [key, withoutResets(value)])) };
}
