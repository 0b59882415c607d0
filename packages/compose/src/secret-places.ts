import { featureOf, hasRowsBelow } from "./losses";
import { type ComposeProblem, keyOf } from "./source/problem";
import { mark, marksIn, replaceMarks, type Tree } from "./source/tree";

/** Where a secret variable becomes part of a Secret, or is left out without being shown. */
const SAFE = [
  ...["annotations", "command", "entrypoint", "environment", "labels"],
  ...["build.args", "deploy.labels", "healthcheck.test", "post_start.command", "pre_stop.command", "volumes.*.labels"],
].map((key) => `services.*.${key}`);
const SAFE_ELSEWHERE = ["configs.*.content", "secrets.*.content", "volumes.*.labels"];
const PAIRS = /(^|\.)(annotations|args|environment|labels)$/;

const FIX =
  "use it in `environment`, in a command or in the `content` of a config, or use a variable that is not secret";

/** The problem of a secret variable in another place; its value is not shown. */
export function misplaced(name: string): string {
  return `the secret variable ${name} cannot be used here, because everybody who sees the deployment could read it`;
}

/**
 * Finds secret variables where somebody could read them: in manifests, in messages about the field, or in the loss
 * report. Such texts quote, cut and split values, so no search for the value would find all of it.
 * @param document interpolated, and otherwise as it is written
 */
export function misplacedSecrets(document: Tree): ComposeProblem[] {
  const problems: ComposeProblem[] = [];
  walk(document, "", [], ({ place }, path, marked) => {
    for (const name of marksIn(marked)) problems.push({ place, key: keyOf(path), text: misplaced(name), fix: FIX });
  });
  return problems;
}

type Path = readonly (string | number)[];
type Found = (node: Tree, path: Path, marked: string) => void;

function walk(node: Tree, pattern: string, path: Path, found: Found): void {
  const isSafe = SAFE.includes(pattern) || SAFE_ELSEWHERE.includes(pattern);
  if (isSafe && !(node.kind === "list" && PAIRS.test(pattern))) return;
  // The report of a mapping that is lost shows its keys only.
  if (node.kind === "map" && featureOf(pattern)?.how === "lost") return;
  if (node.kind === "scalar" && node.marked !== undefined) found(node, path, node.marked);
  if (node.kind === "list")
    for (const [index, item] of node.items.entries())
      if (isSafe) readName(item, [...path, index], found);
      else walk(item, pattern, [...path, index], found);
  if (node.kind !== "map") return;
  for (const [name, value] of node.entries) {
    // Extensions of other tools are not converted, and variables in anchors are found where the anchors are used.
    if (/^(services\.\*)?$/.test(pattern) && name.startsWith("x-") && name !== "x-nexus") continue;
    const below = (step: string) => (pattern === "" ? step : `${pattern}.${step}`);
    const named = featureOf(below(name)) !== undefined || hasRowsBelow(below(name));
    walk(value, named ? below(name) : below("*"), [...path, name], found);
  }
}

/** In a list of `NAME=value`, the name is shown. */
function readName(item: Tree, path: Path, found: Found): void {
  if (item.kind === "scalar" && item.marked !== undefined) found(item, path, nameOf(item.marked));
}

/** The text up to the first `=` that is not in a mark, which itself has one. */
function nameOf(marked: string): string {
  let ended = false;
  return replaceMarks(
    marked,
    (name, value) => (ended ? "" : mark(name, value)),
    (text) => {
      if (ended) return "";
      const cut = text.indexOf("=");
      ended = cut >= 0;
      return ended ? text.slice(0, cut) : text;
    },
  );
}
