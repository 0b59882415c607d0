import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse } from "yaml";
import { z } from "zod";

/** What a local platform says of itself, as far as the program needs it. */
const platformSchema = z.object({
  version: z.literal(1),
  kubeconfig: z.string(),
  context: z.string(),
  registry: z.string(),
  builder: z.string(),
  urls: z.object({ studio: z.string() }),
  buildSecrets: z.object({ npmrc: z.string().optional(), ca: z.string().optional() }),
});
export type Platform = z.output<typeof platformSchema>;

/** What the configuration asks of the machine it is read on. */
export interface Machine {
  /** Where a local platform's description is expected. */
  readonly platformFile: string;
  /** The local platform; undefined when none was started. */
  platform(): Platform | undefined;
  /** Names of the contexts in a kubeconfig; without `file`, in the one that kubectl would read. */
  contexts(file?: string): string[];
}

const kubeconfigSchema = z.object({ contexts: z.array(z.object({ name: z.string() })).nullish() });

function expand(file: string): string {
  return path.resolve(file.replace(/^~(?=$|\/)/, os.homedir()));
}

function kubeconfigFiles(file?: string): string[] {
  if (file !== undefined) return [expand(file)];
  const listed = (process.env.KUBECONFIG ?? "").split(path.delimiter).filter(Boolean);
  return listed.length > 0 ? listed : [expand("~/.kube/config")];
}

/** This machine. */
export function thisMachine(home = process.env.NEXUS_HOME || path.resolve(__dirname, "../.nexus")): Machine {
  const platformFile = path.join(home, "platform.json");
  return {
    platformFile,
    platform: () =>
      fs.existsSync(platformFile) ? platformSchema.parse(JSON.parse(fs.readFileSync(platformFile, "utf8"))) : undefined,
    contexts: (file) =>
      kubeconfigFiles(file)
        .filter((candidate) => fs.existsSync(candidate))
        .flatMap((candidate) => kubeconfigSchema.parse(parse(fs.readFileSync(candidate, "utf8")) ?? {}).contexts ?? [])
        .map((context) => context.name),
  };
}
