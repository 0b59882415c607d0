import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { repositoryRoot } from "../local/platform/layout";

export interface StackOptions {
  readonly stack: string;
  readonly configFile?: string;
}

/** The few settings the command line itself needs; the Pulumi program checks all of them strictly. */
const settingsSchema = z.object({
  config: z
    .object({
      "nexus:cluster": z
        .object({ kind: z.string().optional(), context: z.string().optional(), kubeconfig: z.string().optional() })
        .optional(),
      "nexus:namespace": z.string().optional(),
    })
    .optional(),
});

export interface StackSettings {
  readonly file: string;
  readonly clusterKind: string | undefined;
  readonly context: string | undefined;
  readonly kubeconfig: string | undefined;
  readonly namespace: string;
}

/**
 * Reads where a stack goes.
 * @throws Error when the stack's file is missing or is no YAML.
 */
export function readStackSettings(options: StackOptions): StackSettings {
  const file = path.resolve(options.configFile ?? path.join(repositoryRoot, `Pulumi.${options.stack}.yaml`));
  if (!fs.existsSync(file))
    throw new Error(
      `There is no stack "${options.stack}": ${file} does not exist. Fix: use --stack dev or --stack staging.`,
    );
  const { config } = settingsSchema.parse(parse(fs.readFileSync(file, "utf8")) ?? {});
  const cluster = config?.["nexus:cluster"];
  return {
    file,
    clusterKind: cluster?.kind,
    context: cluster?.context,
    kubeconfig: cluster?.kubeconfig,
    namespace: config?.["nexus:namespace"] ?? "nexus",
  };
}
