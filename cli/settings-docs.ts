import * as fs from "node:fs";
import * as path from "node:path";
import {
  aiSettings,
  authSettings,
  backendSettings,
  backupSettings,
  clusterSettings,
  commonSettings,
  databaseSettings,
  kernelSettings,
  migrationSettings,
  nexusOsSettings,
  permissions,
  redisSettings,
  type Role,
  roles,
  type Setting,
  type Settings,
  valuesOf,
  tenantSettings,
  without,
} from "@nexus/contract";
import { repositoryRoot } from "@nexus/host";

/** Settings that several services read have their own tables. */
const shared = { ...commonSettings, ...authSettings, ...databaseSettings, ...redisSettings };

/** Tables by the document that they are in. */
const tables: Readonly<Record<string, Readonly<Record<string, Settings>>>> = {
  "docs/authentication.md": {
    authentication: authSettings,
    backend: without(backendSettings, { ...shared, ...clusterSettings, ...tenantSettings }),
  },
  "docs/backups.md": { backups: without(backupSettings, { ...shared, ...migrationSettings }) },
  "docs/clusters.md": { clusters: clusterSettings },
  "docs/nexus-os.md": { "nexus-os": without(nexusOsSettings, shared) },
  "docs/workspaces.md": {
    kernel: without(kernelSettings, { ...shared, ...aiSettings }),
    services: { ...commonSettings, ...databaseSettings, ...redisSettings },
  },
};
export const settingsDocsFiles = Object.keys(tables);

/** Who sets the variable in a stack; undefined if nobody does. */
function originOf(setting: Setting): string | undefined {
  if ("at" in setting) return `\`nexus:${setting.at}\``;
  if ("secret" in setting) return setting.secret;
  if ("stack" in setting) return setting.stack;
  if ("fixed" in setting) return `always the default: ${setting.fixed}`;
  return "pod" in setting ? `\`${setting.pod}\` of the pod` : undefined;
}

function row([variable, setting]: [string, Setting]): string[] {
  const origin = originOf(setting);
  if (origin === undefined) return [];
  const fallback = setting.default === null || setting.default === undefined ? "" : `\`${setting.default}\``;
  const values = "unit" in setting ? `${valuesOf(setting)} ${setting.unit}` : valuesOf(setting);
  return [`| \`${variable}\` | ${setting.text} | ${values} | ${fallback} | ${origin} |`];
}

/** Variables of a service, as Markdown, without those that only the service itself uses. */
function settingsTable(settings: Settings): string {
  const head = ["| variable | what it does | values | default | set by |", "| --- | --- | --- | --- | --- |"];
  return [...head, ...Object.entries(settings).flatMap(row)].join("\n");
}

/** Who may do what in a tenant, as Markdown. */
function rolesTable(): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const head = ["what", "permission", ...roles, "API keys"];
  const rows = Object.entries(permissions).map(([name, { text, ...allowed }]) => {
    const permitted: readonly Role[] = allowed.roles;
    const scope = "key" in allowed ? "yes" : "";
    return line([text, `\`${name}\``, ...roles.map((role) => (permitted.includes(role) ? "yes" : "")), scope]);
  });
  return [line(head), line(head.map(() => "---")), ...rows].join("\n");
}

/** A document with its present tables. */
export function withSettings(file: string, document: string): string {
  const [start, end] = ["<!-- roles, made by `npm run docs` -->", "<!-- end of roles -->"];
  const [before = "", rest] = document.split(start);
  const described =
    rest === undefined ? before : `${before}${start}\n\n${rolesTable()}\n\n${end}${rest.split(end)[1] ?? ""}`;
  return withTables(file, described);
}

function withTables(file: string, document: string): string {
  return Object.entries(tables[file] ?? {}).reduce((text, [name, settings]) => {
    const [start, end] = [`<!-- settings of ${name}, made by \`npm run docs\` -->`, `<!-- end of ${name} -->`];
    const [before = "", rest = ""] = text.split(start);
    return `${before}${start}\n\n${settingsTable(settings)}\n\n${end}${rest.split(end)[1] ?? "\n"}`;
  }, document);
}

if (require.main === module)
  for (const file of settingsDocsFiles) {
    const full = path.join(repositoryRoot, file);
    fs.writeFileSync(full, withSettings(file, fs.readFileSync(full, "utf8")));
  }
