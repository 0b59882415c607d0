import * as path from "node:path";
import type { LossReport } from "../losses";
import { isLabel, isMetadataKey } from "../names";
import { metadataName } from "../secret-names";
import type { SecretTest } from "../source/interpolate";
import { readEnvFile } from "../source/env-file";
import { readNamed } from "../source/files";
import { keyOf } from "../source/problem";
import { mark, scalar, textOf, type Tree } from "../source/tree";
import type { EnvironmentContext } from "./environment";
import type { Reader } from "./reader";

type Pairs = [string, string][];

/** Labels as Kubernetes accepts them; one that is not a valid label becomes an annotation. */
export function readMetadata(name: string, service: Reader, context: EnvironmentContext, report: LossReport) {
  const labels: Pairs = [];
  const annotations: Pairs = [];
  const keep = (key: string, [given, node]: readonly [string, Tree], into: (key: string, value: string) => void) => {
    const value = textOf(node);
    if (isSecretEntry(given, node, context.isSecret)) report.add(name, key, given, ...NOT_WRITTEN);
    else if (!isMetadataKey(given)) report.add(name, key, given, "Kubernetes does not accept this key", "rename it");
    else into(given, value);
  };
  for (const entry of [...fileLabels(service, context), ...service.entries("labels")])
    keep("labels", entry, (label, text) => {
      const own = label.startsWith("app.kubernetes.io/");
      if (own) report.add(name, "labels", label, "this label is the importer's own", "use another key");
      else if (isLabel(label, text)) labels.push([label, text]);
      else annotations.push([label, text]);
    });
  for (const entry of service.entries("annotations"))
    keep("annotations", entry, (annotation, text) => annotations.push([annotation, text]));
  const workloadAnnotations: Pairs = [];
  for (const entry of service.child("deploy").entries("labels"))
    keep("deploy.labels", entry, (annotation, text) => workloadAnnotations.push([annotation, text]));
  return { labels, annotations, workloadAnnotations };
}

/** What happens to a label or an annotation that looks secret, and what the user can do. */
export const NOT_WRITTEN = ["what looks secret is not written into metadata", "use an environment variable"] as const;

/** True for a label or an annotation with a secret. */
export function isSecretEntry(key: string, node: Tree, isSecret: SecretTest): boolean {
  const marked = node.kind === "scalar" && node.marked !== undefined;
  return marked || isSecret(metadataName(key), textOf(node));
}

export function pairsOf(entries: readonly [string, Tree][]): Pairs {
  return entries.map(([key, node]) => [key, textOf(node)]);
}

function fileLabels(service: Reader, { directory, files, lookup, isSecret }: EnvironmentContext): [string, Tree][] {
  return service.texts("label_file").flatMap((file): [string, Tree][] => {
    const text = readNamed(files, file, service.place, keyOf([...service.path, "label_file"])).toString("utf8");
    const { values, secret } = readEnvFile(text, path.relative(directory, file), lookup, isSecret);
    const marked = (key: string, value: string) => (secret.has(key) ? mark(key, value) : undefined);
    return Object.entries(values).map(([key, value]) => [key, scalar(service.place, value, marked(key, value))]);
  });
}
