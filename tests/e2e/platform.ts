import * as path from "node:path";
import { pinned, type PinnedImage, servedImage, thirdPartyImages } from "@nexus/contract";
import { type PlatformDescriptor } from "../../local/platform/descriptor";
import { ProgramError, runProgram } from "@nexus/host";
import * as fs from "node:fs";

/** The cluster that `npm test` started for this run, and the programs that work on it. */
const given = process.env.NEXUS_HOME;
if (!given) throw new Error("NEXUS_HOME is not set: the end-to-end tests are started by `npm test`.");
export const home = given;

export const descriptor = JSON.parse(fs.readFileSync(path.join(home, "platform.json"), "utf8")) as PlatformDescriptor;

/**
 * Little, because the stacks of all suites fit on the node at the same time, beside its own services; the exact requests
 * are asserted without a cluster. A container without a request would have its limit as one.
 */
export const requests = { cpu: "20m", memory: "64Mi" };
/** What the cluster's own registry has; a stack that knows the cluster only by a context does not look there. */
const served = (image: PinnedImage) => servedImage(pinned(image), descriptor.images ?? {});
/** Not now: a backup is made when a test wants one, so the tests are the same at every hour of the day. */
const laterToday = `0 ${(new Date().getUTCHours() + 12) % 24} * * *`;
export const backup = { schedule: laterToday, drillSchedule: laterToday };
/** Configuration of a stack that leaves room for others. */
export const small = {
  "nexus:kernel": { requests },
  "nexus:graphstudio": { backend: { requests }, frontend: { requests } },
  "nexus:nexusOs": { requests },
  "nexus:postgres": { requests, image: served(thirdPartyImages.postgres), backup },
  "nexus:redis": { requests, image: served(thirdPartyImages.redis) },
};

/** Runs kubectl in a namespace and returns what it printed. */
export function kubectl(namespace: string, ...args: string[]): Promise<string> {
  return runProgram("kubectl", ["--kubeconfig", descriptor.kubeconfig, "--namespace", namespace, ...args]);
}

/** Creates objects, or changes them, in a namespace; those of the cluster have none. */
export async function apply(namespace: string, objects: readonly object[]): Promise<void> {
  const input = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
  const args = ["--kubeconfig", descriptor.kubeconfig, "--namespace", namespace, "apply", "--server-side", "-f", "-"];
  await runProgram("kubectl", args, { input });
}

export interface KubernetesObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly generation?: number; readonly ownerReferences?: unknown[] };
}

export async function list<Item = KubernetesObject>(
  namespace: string,
  kinds: string,
  ...args: string[]
): Promise<Item[]> {
  const text = await kubectl(namespace, "get", kinds, "-o", "json", ...args);
  return (JSON.parse(text) as { items: Item[] }).items;
}

interface Node {
  readonly status: { readonly addresses: readonly { readonly type: string; readonly address: string }[] };
}

/** Address of NodePorts. */
export async function nodeAddress(): Promise<string> {
  const [node] = await list<Node>("default", "nodes");
  return node?.status.addresses.find(({ type }) => type === "InternalIP")?.address ?? "";
}

export interface Outcome {
  readonly exitCode: number | null;
  readonly output: string;
}

/** Runs a program in a folder to its end, whatever its exit code. */
export async function outcomeOf(
  program: string,
  args: readonly string[],
  { cwd, env = process.env }: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): Promise<Outcome> {
  try {
    return { exitCode: 0, output: await runProgram(program, args, { cwd, env }) };
  } catch (error) {
    if (error instanceof ProgramError) return { exitCode: error.exitCode, output: error.output };
    throw error;
  }
}
