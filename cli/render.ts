import { Command } from "commander";
import * as fs from "node:fs";
import * as path from "node:path";
import { makeOutFolder, requireEmptyOutFolder } from "./out-folder";
import { type KubernetesObject, manifestText, redacted, secretValues } from "@nexus/compose";
import { type Recorded, record, redact, reveal } from "./render/recorder";
import { readStackFile } from "./render/stack-file";

export interface RenderOptions {
  /** Stack whose objects are written. */
  readonly stack: string;
  /** Folder they are written to, one file for each object. */
  readonly outDir: string;
  /** Configuration file to read instead of `Pulumi.<stack>.yaml`. */
  readonly configFile?: string;
}

const root = path.resolve(__dirname, "..");

/**
 * Writes a stack's Kubernetes objects as YAML, without a cluster, a context or the Pulumi engine. Secret values are
 * redacted, and images that only a build can pin have a digest of zeros.
 * @returns the files that were written
 */
export async function renderStack({ stack, outDir, configFile }: RenderOptions): Promise<string[]> {
  const file = path.resolve(configFile ?? path.join(root, `Pulumi.${stack}.yaml`));
  if (configFile !== undefined && !fs.existsSync(file))
    throw new Error(`There is no file ${file}. Fix: correct --config-file, or leave it out.`);
  if (!fs.existsSync(file))
    throw new Error(`There is no stack "${stack}": ${file} does not exist. Fix: use --stack dev or --stack staging.`);
  requireEmptyOutFolder(outDir);
  makeOutFolder(outDir);
  const { resources } = await recordStack(stack, file);
  const objects = resources.filter(isObject);
  const revealed = objects.map(({ inputs }) => reveal(inputs) as KubernetesObject);
  const known = secretValues(revealed);
  const files = fileNames(revealed).map((name) => path.join(outDir, name));
  objects.forEach((resource, index) => writeObject(files[index] ?? "", resource, known));
  return files;
}

/** Kind and name of each object; objects that exist in several namespaces also get their namespace. */
function fileNames(objects: readonly KubernetesObject[]): string[] {
  const short = objects.map(({ kind, metadata }) => `${kind.toLowerCase()}-${metadata.name}`);
  return short.map((name, index) => {
    const isShared = short.indexOf(name) !== short.lastIndexOf(name);
    return `${name}${isShared ? `.${objects[index]?.metadata.namespace}` : ""}.yaml`;
  });
}

/** Registers a stack's resources with the recorder. */
export async function recordStack(stack: string, file: string) {
  const { default: nexus } = await import("../index");
  return record(stack, readStackFile(file), () => nexus(null));
}

function isObject({ type }: Recorded): boolean {
  return type.startsWith("kubernetes:");
}

/** @param known values of Secrets, which are also redacted in the commands of compose projects */
function writeObject(file: string, { inputs }: Recorded, known: readonly string[]): void {
  const open = redact(inputs) as KubernetesObject;
  const object = open.kind === "Secret" ? open : redacted(open, known);
  fs.writeFileSync(file, manifestText(object));
}

/** `npm run render`. */
export async function render(options: { stack: string; out: string; configFile?: string }): Promise<void> {
  const files = await renderStack({ stack: options.stack, outDir: options.out, configFile: options.configFile });
  process.stdout.write(`${files.length} objects of stack ${options.stack} are in ${options.out}\n`);
}

if (require.main === module) {
  const command = new Command("render")
    .description("writes a stack's Kubernetes objects as YAML, without a cluster; secret values are redacted")
    .option("-s, --stack <name>", "stack: dev or staging", "dev")
    .option("--config-file <file>", "read the stack's configuration from this file instead of Pulumi.<stack>.yaml")
    .requiredOption("-o, --out <folder>", "folder that the files are written to")
    .action(render);
  command.parseAsync().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
