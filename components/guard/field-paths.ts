import type { ManagedFields } from "./look-up";

type Tree = Readonly<Record<string, unknown>>;

/**
 * The fields of an entry of `managedFields` as people write them, such as `spec.template.spec.containers[name=redis].image`.
 * Only the innermost ones are named.
 */
export function fieldPaths({ fieldsV1 = {} }: ManagedFields): string[] {
  return [...pathsIn(fieldsV1, "")];
}

function* pathsIn(tree: Tree, path: string): Generator<string> {
  const inner = Object.entries(tree).filter(([key]) => key !== ".");
  if (inner.length === 0 && path !== "") yield path;
  for (const [key, below] of inner) yield* pathsIn((below ?? {}) as Tree, `${path}${step(key, path)}`);
}

/** Keys are `f:` and a field, `k:` and what tells an item of a list apart, `v:` and a value, or `i:` and an index. */
function step(key: string, path: string): string {
  const rest = key.slice(2);
  if (key.startsWith("f:")) return path === "" ? rest : /^[\w-]+$/.test(rest) ? `.${rest}` : `["${rest}"]`;
  if (!key.startsWith("k:")) return `[${rest}]`;
  try {
    const names = Object.entries(JSON.parse(rest) as Tree).map(([name, value]) => `${name}=${String(value)}`);
    return `[${names.join(",")}]`;
  } catch {
    return `[${rest}]`;
  }
}
