import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { kubeconfigFiles, NexusError } from "@nexus/host";

/** The description of the cluster that `npm run up` made on this machine. */
const platformSchema = z.object({
  version: z.literal(1),
  // Earlier versions had only the local platform, and wrote no kind.
  kind: z.enum(["local", "kind"]).default("local"),
  kubeconfig: z.string(),
  context: z.string(),
  registry: z.string(),
  builder: z.string(),
  dockerConfig: z.string().optional(),
  dockerHost: z.string().optional(),
  // Earlier versions did not say it; a kind cluster has none.
  images: z.record(z.string(), z.string()).default({}),
  urls: z.object({ studio: z.string() }),
  ingressPort: z.number().optional(),
  buildSecrets: z.object({ npmrc: z.string().optional(), ca: z.string().optional() }),
});
export type Platform = z.output<typeof platformSchema>;

/** What the configuration needs to know about this machine. */
export interface Machine {
  /** Path of the description of this machine's cluster, which need not exist. */
  readonly platformFile: string;
  /** This machine's own cluster; undefined when none was made. */
  platform(): Platform | undefined;
  /** Names of the contexts in a kubeconfig; without `file`, in the one that kubectl would read. */
  contexts(file?: string): string[];
}

const kubeconfigSchema = z.object({ contexts: z.array(z.object({ name: z.string() })).nullish() });

/** @throws NexusError that names the file, what is wrong with it and the fix */
function readAs<T>(schema: z.ZodType<T>, file: string, what: string, fix: string): T {
  try {
    const { data, error } = schema.safeParse(parse(fs.readFileSync(file, "utf8")) ?? {});
    if (error) throw new Error(z.prettifyError(error));
    return data as T;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new NexusError(`${file} cannot be read as ${what}:`, [...reason.trim().split("\n"), `Fix: ${fix}`]);
  }
}

const KUBECONFIG_FIX = "correct it, or name another file as nexus:cluster.kubeconfig or in KUBECONFIG.";

/** This machine. */
export function thisMachine(home = process.env.NEXUS_HOME || path.resolve(__dirname, "../.nexus")): Machine {
  const platformFile = path.join(home, "platform.json");
  return {
    platformFile,
    platform: () =>
      fs.existsSync(platformFile)
        ? readAs(
            platformSchema,
            platformFile,
            "the description of this machine's cluster",
            "npm run up writes it again.",
          )
        : undefined,
    contexts: (file) =>
      kubeconfigFiles(file)
        .filter((candidate) => fs.existsSync(candidate))
        .flatMap((candidate) => readAs(kubeconfigSchema, candidate, "a kubeconfig", KUBECONFIG_FIX).contexts ?? [])
        .map((context) => context.name),
  };
}
