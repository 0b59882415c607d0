import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { expandHome, repositoryRoot } from "@nexus/host";
import { merge } from "../config/merge";
import { presets } from "../config/presets";
import type { WantedPlatform } from "../local/platform-choice";

export interface StackOptions {
  readonly stack: string;
  readonly configFile?: string;
}

/** Pulumi also accepts 7 and true for the texts "7" and "true". */
const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const text = scalar.optional();

/** The few settings the command line itself needs; the Pulumi program checks all of them strictly. */
const settingsSchema = z.object({
  encryptionsalt: text,
  secretsprovider: text,
  config: z
    .object({
      "nexus:cluster": z.object({ kind: text, context: text, kubeconfig: text }).optional(),
      "nexus:images": z.object({ builder: text, builderName: text }).optional(),
      "nexus:topology": text,
      "nexus:namespace": text,
      "nexus:names": z.record(z.string(), scalar).optional(),
    })
    .optional(),
});

export interface StackSettings {
  readonly stack: string;
  readonly file: string;
  /** The same default as in the program: `context` for staging, else `auto`. */
  readonly clusterKind: string;
  readonly context: string | undefined;
  /** Absolute path; undefined for the one that kubectl would read. */
  readonly kubeconfig: string | undefined;
  /** What encrypts the stack's secrets instead of a passphrase, such as a key of a cloud. */
  readonly encryption: string | undefined;
  /** Made with the passphrase, if there is one; Pulumi takes no other passphrase then. */
  readonly salt: string | undefined;
  /** Who builds images, as the program has it where the stack says nothing. */
  readonly builder: string;
  /** The buildx builder that the stack sets. */
  readonly builderName: string | undefined;
  readonly namespace: string;
  /** Names of the workloads that the stack may have. */
  readonly workloads: readonly string[];
}

function parseStackFile(file: string): unknown {
  try {
    return parse(fs.readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`${file} is not YAML: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const namesSchema = z
  .object({
    kernel: z.string(),
    backend: z.string(),
    frontend: z.string(),
    nexusOs: z.string(),
    postgres: z.string(),
    redis: z.string(),
  })
  .transform((names) => Object.values(names));

/**
 * Reads where a stack is deployed.
 * @throws Error if the stack's name is not valid, or its file is missing, is not YAML or has another shape
 */
export function readStackSettings(options: StackOptions): StackSettings {
  if (!/^[A-Za-z0-9_.-]{1,100}$/.test(options.stack) || options.stack.startsWith("."))
    throw new Error(`"${options.stack}" cannot be the name of a stack. Fix: use --stack dev or --stack staging.`);
  const file = path.resolve(options.configFile ?? path.join(repositoryRoot, `Pulumi.${options.stack}.yaml`));
  if (!fs.existsSync(file))
    throw new Error(
      `There is no stack "${options.stack}": ${file} does not exist. Fix: use --stack dev or --stack staging.`,
    );
  const { data, error } = settingsSchema.safeParse(parseStackFile(file) ?? {});
  if (error)
    throw new Error(
      `${file} is not a valid stack file:\n${z.prettifyError(error)}\n` +
        "Fix: use the values that docs/configuration.md lists for each key.",
    );
  const { config } = data;
  const cluster = config?.["nexus:cluster"];
  const topology = config?.["nexus:topology"];
  const preset = Object.entries(presets).find(([name]) => name === topology)?.[1] ?? presets.full;
  return {
    stack: options.stack,
    file,
    clusterKind: cluster?.kind ?? (options.stack === "staging" ? "context" : "auto"),
    context: cluster?.context,
    kubeconfig: cluster?.kubeconfig && expandHome(cluster.kubeconfig),
    encryption: data.secretsprovider === "passphrase" ? undefined : data.secretsprovider,
    salt: data.encryptionsalt,
    builder: config?.["nexus:images"]?.builder ?? "docker",
    builderName: config?.["nexus:images"]?.builderName,
    namespace: config?.["nexus:namespace"] ?? preset.namespace ?? "nexus",
    workloads: namesSchema.parse(merge(preset.names, config?.["nexus:names"])),
  };
}

/** The cluster that the stack needs on this machine; undefined if it uses a context. */
export function ownCluster({ clusterKind }: Pick<StackSettings, "clusterKind">): WantedPlatform | undefined {
  return (["auto", "local", "kind"] as const).find((kind) => kind === clusterKind);
}
