type Tree = Readonly<Record<string, unknown>>;

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `over` on top of `under`, key by key; a null or a list replaces what is under it. */
export function merge(under: unknown, over: unknown): unknown {
  if (!isTree(under) || !isTree(over)) return over === undefined ? under : over;
  const keys = new Set([...Object.keys(under), ...Object.keys(over)]);
  return Object.fromEntries([...keys].map((key) => [key, merge(under[key], over[key])]));
}

/** The same tree without what is at `path`. */
export function without(tree: unknown, path: readonly string[]): unknown {
  const [head, ...rest] = path;
  if (!isTree(tree) || head === undefined || !(head in tree)) return tree;
  const { [head]: child, ...others } = tree;
  return rest.length === 0 ? others : { ...others, [head]: without(child, rest) };
}

/** The values of a tree with their paths. */
export function leavesOf(value: unknown, path: readonly string[]): [readonly string[], unknown][] {
  if (typeof value !== "object" || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...path, key]));
}
