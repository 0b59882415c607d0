import * as fs from "node:fs";
import * as path from "node:path";
import { clusterRights, namespaceRights, type Right } from "@nexus/contract";
import { repositoryRoot } from "@nexus/host";
import { withSection } from "./docs-section";

export const clusterDocsFile = path.join(repositoryRoot, "docs/clusters.md");

const MARKS = ["<!-- rights: made by `npm run docs` from packages/contract -->", "<!-- end of rights -->"] as const;

const row = (where: string) => (right: Right) =>
  `| \`${[right.resource, right.group].filter(Boolean).join(".")}\` | ${right.verbs.join(", ")} | ${where} | ${right.purpose} |`;

/** The document with the present table of rights. */
export function withRights(document: string): string {
  const rows = [...namespaceRights.map(row("namespace")), ...clusterRights.map(row("cluster"))];
  const head = "| what | verbs | where | to |\n| --- | --- | --- | --- |";
  return withSection(document, MARKS, [head, ...rows].join("\n"));
}

if (require.main === module) fs.writeFileSync(clusterDocsFile, withRights(fs.readFileSync(clusterDocsFile, "utf8")));
