import { featureOf, hasRowsBelow, type LossReport } from "./losses";
import { type MapNode, replaceMarks, type Tree } from "./source/tree";

/**
 * Keys in which a secret variable becomes part of a Secret, is left out, or is reported by the code that reads the key.
 */
const GUARDED = [
  "annotations",
  "build",
  "command",
  "deploy.labels",
  "entrypoint",
  "environment",
  "env_file",
  "healthcheck.test",
  "label_file",
  "labels",
  "post_start",
  "pre_stop",
  "volumes.*.labels",
].map((key) => `services.*.${key}`);
const GUARDED_ELSEWHERE = ["configs", "secrets", "include", "volumes.*.labels"];

/**
 * Reports every secret variable in a field that manifests show, such as an image.
 * @param active services that are converted
 */
export function reportExposedSecrets(document: MapNode, active: ReadonlySet<string>, report: LossReport): void {
  const found = (path: readonly string[], marked: string) => {
    const [section, service = "-"] = path;
    const isService = section === "services";
    if (isService && !active.has(service)) return;
    replaceMarks(marked, (name) => {
      const effect = "a secret in it can be read in the manifest";
      const key = (isService ? path.slice(2) : path).join(".");
      report.add(isService ? service : "-", key, `\${${name}}`, effect, "use a variable that holds no secret");
      return "";
    });
  };
  walk(document, "", [], found);
}

function walk(
  node: Tree,
  pattern: string,
  path: readonly string[],
  found: (path: readonly string[], marked: string) => void,
): void {
  if (GUARDED.includes(pattern) || GUARDED_ELSEWHERE.includes(pattern) || featureOf(pattern)?.how === "lost") return;
  if (node.kind === "scalar" && node.marked !== undefined) found(path, node.marked);
  if (node.kind === "list") for (const item of node.items) walk(item, pattern, path, found);
  if (node.kind !== "map") return;
  for (const [name, value] of node.entries) {
    // Extensions of other tools are not converted, and variables in anchors are reported where the anchors are used.
    if (/^(services\.\*)?$/.test(pattern) && name.startsWith("x-") && name !== "x-nexus") continue;
    const below = (step: string) => (pattern === "" ? step : `${pattern}.${step}`);
    const named = featureOf(below(name)) !== undefined || hasRowsBelow(below(name));
    walk(value, named ? below(name) : below("*"), [...path, name], found);
  }
}
