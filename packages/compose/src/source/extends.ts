import { merge } from "./merge";
import { ComposeError, type ComposeProblem, fail, gather, keyOf, type Place } from "./problem";
import { map, type MapNode, textOf, type Tree, withEntries } from "./tree";

/** Reads another compose file. */
export type ReadDocument = (file: string, place: Place, key: string) => MapNode;

function servicesOf(document: MapNode | undefined): ReadonlyMap<string, Tree> {
  const services = document?.entries.get("services");
  return services?.kind === "map" ? services.entries : new Map<string, Tree>();
}

/** Merges into each service the service that it extends. `before` has the services of earlier files. */
export function resolveExtends(document: MapNode, before: MapNode | undefined, read: ReadDocument): MapNode {
  const services = document.entries.get("services");
  if (services?.kind !== "map") return document;
  const resolver = new Resolver(read);
  const known = new Map([...servicesOf(before), ...services.entries]);
  const problems: ComposeProblem[] = [];
  const entries = [...services.entries].map(([name, node]): [string, Tree] => [
    name,
    gather(problems, () => resolver.resolve(name, node, { file: "", services: known }, [])) ?? node,
  ]);
  if (problems.length > 0) throw new ComposeError(problems);
  return withEntries(document, { services: { ...services, entries: new Map(entries) } });
}

interface Scope {
  /** Empty for the document itself. */
  readonly file: string;
  readonly services: ReadonlyMap<string, Tree>;
}

/** Maximum number of steps: more are a mistake, and each is one more level of recursion. */
const MAX_STEPS = 50;

class Resolver {
  private readonly resolved = new Map<Tree, Tree>();

  public constructor(private readonly read: ReadDocument) {}

  public resolve(name: string, node: Tree, scope: Scope, open: readonly string[]): Tree {
    const known = this.resolved.get(node);
    if (known) return known;
    const tree = this.extended(name, node, scope, open);
    this.resolved.set(node, tree);
    return tree;
  }

  private extended(name: string, node: Tree, scope: Scope, open: readonly string[]): Tree {
    const link = node.kind === "map" ? node.entries.get("extends") : undefined;
    if (node.kind !== "map" || link?.kind !== "map" || link.tag === "reset") return node;
    const key = keyOf(["services", name, "extends"]);
    const step = scope.file === "" ? name : `${name} in ${scope.file}`;
    if (open.includes(step)) fail(link.place, key, `extends has a cycle: ${[...open, step].join(" -> ")}`);
    if (open.length >= MAX_STEPS)
      fail(link.place, key, `extends goes on for more than ${MAX_STEPS} steps`, "extend the first service itself");
    const text = (field: string) =>
      textOf(link.entries.get(field) ?? { kind: "scalar", value: null, place: link.place });
    const file = text("file");
    const target = text("service");
    const from = file === "" ? scope : { file, services: servicesOf(this.read(file, link.place, key)) };
    const base = from.services.get(target);
    if (base === undefined)
      return fail(link.place, key, `there is no service "${target}"${file === "" ? "" : ` in "${file}"`}`);
    const resolved = this.resolve(target, base, from, [...open, step]);
    if (resolved.kind !== "map") return node;
    const own = withEntries(node, { extends: undefined });
    // Merged under the same path as in a document, because the merge rules depend on the path.
    const wrap = (service: MapNode) => map(service.place, [["services", map(service.place, [[name, service]])]]);
    const merged = servicesOf(merge(wrap(resolved), wrap(own))).get(name) ?? own;
    return { ...merged, keyPlace: node.keyPlace };
  }
}
