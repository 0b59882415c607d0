import { type ComposeProblem, keyOf, type Place } from "./problem";
import { substitute, TemplateError } from "./template";
import { list, map, mark, scalar, type ScalarNode, type Tree, withoutMarks } from "./tree";

/** A variable that is neither set nor has a default. */
export interface UnsetVariable {
  readonly name: string;
  readonly key: string;
  readonly service: string | undefined;
  readonly place: Place;
}

export interface Interpolation {
  readonly tree: Tree;
  readonly problems: readonly ComposeProblem[];
  readonly unset: readonly UnsetVariable[];
}

/** Finds a variable for a service: its own settings first, then the environment (E9). */
export type ServiceLookup = (service: string | undefined, name: string) => string | undefined;

/** True for variables whose values must not appear in a manifest. */
export type SecretTest = (name: string, value: string) => boolean;

/** Interpolates variables in every value of a document; keys are not interpolated, as the specification says. */
export function interpolate(document: Tree, lookup: ServiceLookup, isSecret: SecretTest): Interpolation {
  const problems: ComposeProblem[] = [];
  const unset: UnsetVariable[] = [];

  function text(node: ScalarNode, value: string, path: readonly (string | number)[]): ScalarNode {
    const service = path[0] === "services" ? String(path[1]) : undefined;
    const key = keyOf(path);
    try {
      const marked = substitute(value, {
        lookup: (name) => lookup(service, name),
        unset: (name) => unset.push({ name, key, service, place: node.place }),
        write: (name, found) => (isSecret(name, found) ? mark(name, found) : found),
      });
      const plain = withoutMarks(marked);
      return { ...scalar(node.place, plain, marked === plain ? undefined : marked), ...positions(node) };
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      problems.push({ place: node.place, key, text: error.message, fix: error.fix });
      return node;
    }
  }

  function walk(node: Tree, path: readonly (string | number)[]): Tree {
    if (node.kind === "scalar") return typeof node.value === "string" ? text(node, node.value, path) : node;
    if (node.kind === "list")
      return {
        ...list(
          node.place,
          node.items.map((item, index) => walk(item, [...path, index])),
        ),
        ...positions(node),
      };
    const entries = [...node.entries].map(([key, value]): [string, Tree] => [key, walk(value, [...path, key])]);
    return { ...map(node.place, entries), ...positions(node) };
  }

  return { tree: walk(document, []), problems, unset };
}

function positions({ keyPlace, tag }: Tree): Pick<Tree, "keyPlace" | "tag"> {
  return { ...(keyPlace ? { keyPlace } : {}), ...(tag ? { tag } : {}) };
}
