import * as fs from "node:fs";
import type * as kubernetes from "@kubernetes/client-node";
import type { ApiTarget } from "./api-errors";
import { DiscoveryError } from "../discovery-error";
import { proxyFor } from "./proxy";
import { kubeConfigClass } from "./kubeconfig-class";
import { excerpt, expandHome, kubeconfigFiles, messageOf, shellWord } from "@nexus/host";

/** Loaded only when needed: the library has hundreds of files, and most commands need none of them. */
export async function kubernetesClient(): Promise<typeof kubernetes> {
  return await import("@kubernetes/client-node");
}

/** Adds the entries whose names are new: of several files, the first one wins, as with kubectl. */
function addMissing<Item extends { readonly name: string }>(target: Item[], more: readonly Item[]): void {
  const known = new Set(target.map(({ name }) => name));
  target.push(...more.filter(({ name }) => !known.has(name)));
}

/**
 * Reads the kubeconfig and selects a context by name; the files' current context is ignored.
 * @throws DiscoveryError if no file exists, a file cannot be read, or there is no such context
 */
export async function loadContext(context: string, named?: string): Promise<kubernetes.KubeConfig> {
  const files = kubeconfigFiles(named);
  const existing = files.filter((file) => fs.existsSync(file));
  if (existing.length === 0)
    throw new DiscoveryError(
      "kubeconfig",
      `There is no kubeconfig at ${files.join(", ")}. Fix: --kubeconfig <file>, or set KUBECONFIG.`,
    );
  const KubeConfig = await kubeConfigClass();
  const merged = new KubeConfig();
  merged.loadFromOptions({ clusters: [], users: [], contexts: [], currentContext: "" });
  for (const file of existing) {
    const one = new KubeConfig();
    try {
      one.loadFromFile(file);
    } catch (error) {
      throw new DiscoveryError(
        "kubeconfig",
        `The kubeconfig ${file} cannot be read: ${messageOf(error)}. Fix: repair it, or name another with --kubeconfig.`,
      );
    }
    addMissing(merged.clusters, one.clusters.map(withProxy));
    addMissing(merged.users, one.users);
    addMissing(merged.contexts, one.contexts);
  }
  selectContext(merged, context, existing, setClusterCommand(named));
  return merged;
}

/** The library only knows the proxy of the kubeconfig. */
function withProxy(cluster: kubernetes.Cluster): kubernetes.Cluster {
  return isServerUrl(cluster.server) ? { ...cluster, proxyUrl: cluster.proxyUrl ?? proxyFor(cluster.server) } : cluster;
}

/** The command that gives a cluster its server, in the file that is read. */
function setClusterCommand(named: string | undefined) {
  const kubectl = named ? `kubectl --kubeconfig ${shellWord(expandHome(named))}` : "kubectl";
  return (name: string) => `${kubectl} config set-cluster ${shellWord(name)} --server=https://<host>:6443`;
}

function selectContext(
  config: kubernetes.KubeConfig,
  context: string,
  files: readonly string[],
  setCluster: (name: string) => string,
): void {
  const where = files.join(", ");
  const found = config.contexts.find(({ name }) => name === context);
  if (!found) {
    const names = config.contexts.map(({ name }) => name).sort();
    const fix = names.length > 0 ? `--context <${names.join(" | ")}>` : "add a context to it";
    throw new DiscoveryError("kubeconfig", `There is no context "${context}" in ${where}. Fix: ${fix}`);
  }
  const cluster = config.clusters.find(({ name }) => name === found.cluster);
  if (!cluster)
    throw new DiscoveryError(
      "kubeconfig",
      `Context "${context}" names the cluster "${found.cluster}", which is not in ${where}. Fix: ${setCluster(found.cluster)}`,
    );
  if (!isServerUrl(cluster.server))
    throw new DiscoveryError(
      "kubeconfig",
      `The cluster "${cluster.name}" of context "${context}" has the server "${excerpt(String(cluster.server), LONGEST_SERVER)}" in ${where}, ` +
        `which is not a URL. Fix: ${setCluster(cluster.name)}`,
    );
  config.setCurrentContext(context);
}

/** Maximum number of characters of a wrong server URL that a message repeats. */
const LONGEST_SERVER = 80;

function isServerUrl(server: unknown): boolean {
  return typeof server === "string" && URL.canParse(server) && /^https?:$/.test(new URL(server).protocol);
}

/** The user and the server of the selected context. */
export function targetOf(config: kubernetes.KubeConfig): ApiTarget {
  const context = config.getCurrentContext();
  const user = config.getContextObject(context)?.user ?? "";
  return { context, user, server: addressOf(config.getCurrentCluster()?.server ?? "") };
}

/** The API server's address without credentials that the kubeconfig may contain in it. */
function addressOf(server: string): string {
  try {
    const url = new URL(server);
    return `${url.protocol}//${url.host}${url.pathname === "/" ? "" : url.pathname}`;
  } catch {
    return server;
  }
}
