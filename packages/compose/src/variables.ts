import { canonical } from "./source/canonical";
import { ComposeError, fail } from "./source/problem";
import { readYaml } from "./source/read-yaml";
import { substitute, TemplateError } from "./source/template";
import { type MapNode, type ScalarNode, textOf, type Tree } from "./source/tree";

/** A variable that the services of a compose file read. */
export interface ComposeVariable {
  readonly name: string;
  /** The value in the file, with its own variables interpolated; undefined if the file has none. */
  readonly default?: string;
}

/**
 * The variables of the services of one compose file and those that their values refer to, each once; the first default
 * of a name wins. Nothing outside of the file is read.
 * @throws ComposeError if the text is not a compose file
 */
export function composeVariables(text: string, file: string): ComposeVariable[] {
  const found = new Map<string, ComposeVariable>();
  for (const document of readYaml(text, file)) {
    const services = mapBelow(document, "", "services");
    if (!services) fail(document.place, "services", "is missing", "write a `services:` mapping");
    const { tree, problems } = canonical(document as MapNode);
    if (problems.length > 0) throw new ComposeError(problems);
    for (const [name, service] of mapBelow(tree, "", "services")?.entries ?? [])
      for (const [variable, node] of mapBelow(service, `services.${name}`, "environment")?.entries ?? [])
        for (const one of readVariable(variable, node, `services.${name}.environment.${variable}`))
          if (found.get(one.name)?.default === undefined) found.set(one.name, one);
  }
  return [...found.values()];
}

/**
 * The mapping under a key; undefined if there is none.
 * @throws ComposeError if there is another kind of value
 */
function mapBelow(node: Tree, path: string, key: string): MapNode | undefined {
  const isNothing = node.kind === "scalar" && node.value === null;
  if (isNothing) return undefined;
  if (node.kind !== "map") return fail(node.place, path, "is not a mapping");
  const value = node.entries.get(key);
  if (value === undefined || (value.kind === "scalar" && value.value === null)) return undefined;
  return value.kind === "map" ? value : fail(value.place, path === "" ? key : `${path}.${key}`, "is not a mapping");
}

function variable(name: string, value: string | undefined): ComposeVariable {
  return value === undefined ? { name } : { name, default: value };
}

function readVariable(name: string, node: Tree, key: string): ComposeVariable[] {
  if ((node as ScalarNode).value === null) return [{ name }];
  const references: ComposeVariable[] = [];
  try {
    const value = substitute(textOf(node), {
      lookup: () => undefined,
      reference: (inner, fallback) => references.push(variable(inner, fallback)),
      required: (inner) => (references.push({ name: inner }), ""),
    });
    return [{ name, default: value }, ...references];
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return fail(node.place, key, error.message, error.fix);
  }
}
