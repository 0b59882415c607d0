import * as fs from "node:fs";
import * as path from "node:path";
import { type Feature, features } from "@nexus/compose";
import { repositoryRoot } from "@nexus/host";
import { withSection } from "./docs-section";

export const composeDocsFile = path.join(repositoryRoot, "docs/compose.md");

const MARKS = [
  "<!-- table: made by `npm run docs` from packages/compose/src/*features.ts -->",
  "<!-- end of table -->",
] as const;

const WORDS: Readonly<Record<Feature["how"], string>> = { carried: "yes", partly: "partly", lost: "no" };

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

function row({ key, how, text, advice }: Feature): string {
  const instead = how === "carried" ? "" : (advice ?? "");
  return `| ${[`\`${key}\``, WORDS[how], text, instead].map(cell).join(" | ")} |`;
}

/** What each key becomes, as Markdown. */
function composeTable(): string {
  const rows = features.filter(({ text }) => text !== "see the rows below").map(row);
  return [
    "| key | carried over | what it becomes, or what does not happen | instead |",
    "| --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

/** The document with the present table. */
export function withTable(document: string): string {
  return withSection(document, MARKS, composeTable());
}

if (require.main === module) fs.writeFileSync(composeDocsFile, withTable(fs.readFileSync(composeDocsFile, "utf8")));
