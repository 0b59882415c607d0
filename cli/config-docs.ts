import * as fs from "node:fs";
import * as path from "node:path";
import { z } from "zod";
import { repositoryRoot } from "@nexus/host";
import { presets } from "../config/presets";
import { composeSecretsKey, composeSecretsText, secretKeys, sections } from "../config/schema";
import { type SchemaNode, schemaNodes } from "../config/schema-tree";

export const configDocsFile = path.join(repositoryRoot, "docs/configuration.md");

const HEAD = `# Configuration

<!-- Made by \`npm run docs\` from the schema in \`config/\`; change that, not this file. -->

Each stack has a file, \`Pulumi.dev.yaml\` or \`Pulumi.staging.yaml\`. Set a key with

\`\`\`sh
pulumi config set --stack dev --path 'nexus:kernel.limits.memory' 1Gi
\`\`\`

The configuration is strict: an unknown key, a missing unit or a contradiction stops the preview, and all problems are
listed at once, each with the command that corrects it. Defaults are those of the topology \`full\`; where another
topology sets something else, its name and value follow. The value \`null\` switches a key off, if the key allows null. [topologies.md](topologies.md) compares the topologies.
`;

const SECRETS = `
## Secrets

Set with \`pulumi config set --secret\`; a value in plain text is refused. All other secrets are generated. Staging refuses
values that can be guessed.

| key | what it is |
| --- | --- |
`;

/** Text in a table's cell. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

function valueIn(tree: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>(
    (value, key) => (typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined),
    tree,
  );
}

/** The default in one topology; an object's defaults are those of its keys, which follow it. */
function defaultIn(preset: object, node: SchemaNode): string {
  const own = valueIn(preset, node.path);
  const value = own === undefined ? node.fallback : own;
  if (value === undefined || (node.schema instanceof z.ZodObject && value !== null)) return "";
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

/** The default of `full`, then the defaults of other topologies that differ. */
function defaultOf(node: SchemaNode): string {
  const { full, ...others } = presets;
  const usual = defaultIn(full, node);
  const different = Object.entries(others)
    .map(([name, preset]) => ({ name, value: defaultIn(preset, node) }))
    .filter(({ value }) => value !== usual && value !== "")
    .map(({ name, value }) => `${name}: ${value}`);
  return [usual, ...different].filter(Boolean).join("; ");
}

const metadata = z.object({ expects: z.string().optional(), unit: z.string().optional() });

function valuesOf({ schema, nullable }: SchemaNode): string {
  const kind = schema instanceof z.ZodObject ? "an object" : schema instanceof z.ZodRecord ? "an object of texts" : "";
  const { expects: values = kind, unit } = metadata.parse(z.globalRegistry.get(schema) ?? {});
  const expects = unit === undefined ? values : `${values} ${unit}`;
  return nullable ? `${expects}, or null` : expects;
}

function row(node: SchemaNode): string {
  const columns = [`\`nexus:${node.path.join(".")}\``, node.description ?? "", valuesOf(node), defaultOf(node)];
  return `| ${columns.map(cell).join(" | ")} |`;
}

/** The documentation of every key, as Markdown. */
export function configDocs(): string {
  const rows = schemaNodes(sections).map(row);
  const table = ["| key | what it does | values | default |", "| --- | --- | --- | --- |", ...rows].join("\n");
  const secrets = Object.entries({ ...secretKeys, [composeSecretsKey]: composeSecretsText }).map(
    ([name, text]) => `| \`nexus:${name}\` | ${cell(text)} |`,
  );
  return `${HEAD}\n## Keys\n\n${table}\n${SECRETS}${secrets.join("\n")}\n`;
}

if (require.main === module) fs.writeFileSync(configDocsFile, configDocs());
