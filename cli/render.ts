import { Command } from "commander";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { repositoryRoot } from "../local/platform/layout";
import { record, type RecordedResource, type RecordedStack } from "./render/recorder";

export interface RenderOptions {
  readonly stack: string;
  /** Folder for the files; made when it is missing. */
  readonly outDir: string;
  /** The stack's configuration. @default Pulumi.<stack>.yaml */
  readonly configFile?: string;
}

const REDACTED = "REDACTED";
/** Stands for an encrypted value, which rendering does not decrypt; long enough for every rule. */
const UNREAD = "encrypted-value-that-rendering-does-not-read";

const stackFile = z.object({ config: z.record(z.string(), z.unknown()).nullish() });

/** The configuration of a stack file; encrypted values stay encrypted and are replaced. */
export function readStackFile(file: string): Pick<RecordedStack, "config" | "secretKeys"> {
  const entries = Object.entries(stackFile.parse(parse(fs.readFileSync(file, "utf8")) ?? {}).config ?? {});
  const isSecret = (value: unknown) => typeof value === "object" && value !== null && "secure" in value;
  return {
    config: Object.fromEntries(entries.map(([key, value]) => [key, isSecret(value) ? UNREAD : value])),
    secretKeys: entries.filter(([, value]) => isSecret(value)).map(([key]) => key),
  };
}

function isKubernetesObject({ type }: RecordedResource): boolean {
  return type.startsWith("kubernetes:") && type.split(":").length === 3;
}

function redact(manifest: Readonly<Record<string, unknown>>): Record<string, unknown> {
  if (manifest.kind !== "Secret") return { ...manifest };
  const hide = (values: unknown) => Object.fromEntries(Object.keys(values ?? {}).map((key) => [key, REDACTED]));
  return {
    ...manifest,
    ...(manifest.stringData ? { stringData: hide(manifest.stringData) } : {}),
    ...(manifest.data ? { data: hide(manifest.data) } : {}),
  };
}

const named = z.object({ kind: z.string(), metadata: z.object({ name: z.string() }) });

/**
 * Writes the stack's Kubernetes objects as YAML, one file each, without a cluster, an engine or a builder.
 * @returns names of the files
 */
export async function renderStack({ stack, outDir, configFile }: RenderOptions): Promise<string[]> {
  const file = path.resolve(configFile ?? path.join(repositoryRoot, `Pulumi.${stack}.yaml`));
  const { resources } = await record(() => import("../index"), { stack, ...readStackFile(file) });
  fs.mkdirSync(outDir, { recursive: true });
  return resources
    .filter(isKubernetesObject)
    .map(({ inputs }) => {
      const { kind, metadata } = named.parse(inputs);
      const name = `${kind.toLowerCase()}-${metadata.name}.yaml`;
      fs.writeFileSync(path.join(outDir, name), stringify(redact(inputs), { aliasDuplicateObjects: false }));
      return name;
    })
    .sort();
}

if (require.main === module) {
  new Command("render")
    .description("writes a stack's Kubernetes objects as YAML, without a cluster")
    .requiredOption("-s, --stack <name>", "stack: dev or staging")
    .requiredOption("-o, --out <folder>", "folder for the files")
    .option("--config-file <file>", "read the configuration from this file instead of Pulumi.<stack>.yaml")
    .action(async ({ stack, out, configFile }: { stack: string; out: string; configFile?: string }) => {
      const files = await renderStack({ stack, outDir: out, configFile });
      process.stdout.write(`${files.length} objects in ${out}\n`);
    })
    .parseAsync()
    .catch((error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 1;
    });
}
