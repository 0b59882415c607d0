import * as fs from "node:fs";
import { table } from "../table";
import { type ApiOptions, ask, askLines, KUBERNETES, print } from "../tenant-api";

export interface AddOptions extends ApiOptions {
  readonly context?: string;
  readonly allowInsecure: boolean;
}

export interface ScanOptions extends ApiOptions {
  readonly namespace: readonly string[];
}

interface Cluster {
  readonly cluster_id: string;
  readonly name: string;
  readonly server: string;
  readonly status: string;
  readonly status_reason: string | null;
  readonly checked_at: string;
  readonly version: string | null;
  readonly node_count: number | null;
  readonly scanned_at: string | null;
}

type ScanLine =
  | { readonly kind: "progress"; readonly text: string }
  | {
      readonly kind: "finding";
      readonly namespace: string;
      readonly service: string;
      readonly type: string;
      readonly verdict: string;
      readonly reason: string;
      readonly endpoints: readonly string[];
    }
  | { readonly kind: "end"; readonly notes: readonly string[] }
  | { readonly kind: "failed"; readonly detail: string };

const CLUSTERS = `${KUBERNETES}/clusters`;
const STANDARD_INPUT = 0;

/** `npm run clusters -- list` */
export async function listClusters(options: ApiOptions): Promise<void> {
  const rows = (await clustersOf(options)).map(
    ({ cluster_id: id, name, status, version, node_count: nodes, server }) => [
      id,
      name,
      status,
      version ?? "-",
      String(nodes ?? "-"),
      server,
    ],
  );
  if (rows.length === 0)
    return print("The tenant has no clusters. Add one: npm run clusters -- add <name> <kubeconfig>");
  print(table([["CLUSTER", "NAME", "STATUS", "VERSION", "NODES", "SERVER"], ...rows]));
}

/** `npm run clusters -- add` @param file the kubeconfig; `-` for standard input */
export async function addCluster(name: string, file: string, options: AddOptions): Promise<void> {
  const { context, allowInsecure } = options;
  const body = { name, kubeconfig: read(file), allow_insecure: allowInsecure, ...(context && { context }) };
  tell(await ask<Cluster>(options, "POST", CLUSTERS, body));
}

/** `npm run clusters -- status`: what the last check found. */
export async function clusterStatus(cluster: string, options: ApiOptions): Promise<void> {
  tell(await named(options, cluster));
}

/** `npm run clusters -- check`: fails if the cluster is not connected. */
export async function checkCluster(cluster: string, options: ApiOptions): Promise<void> {
  const { cluster_id: id } = await named(options, cluster);
  const checked = await ask<Cluster>(options, "POST", `${CLUSTERS}/${id}/check`);
  tell(checked);
  if (checked.status !== "connected") throw new Error(`The cluster ${checked.name} is ${checked.status}.`);
}

/** `npm run clusters -- scan`: prints what it finds as it finds it. */
export async function scanCluster(cluster: string, options: ScanOptions): Promise<void> {
  const { cluster_id: id, name } = await named(options, cluster);
  const body = { namespaces: options.namespace };
  let isWhole = false;
  for await (const line of askLines<ScanLine>(options, "POST", `${CLUSTERS}/${id}/scan-infra`, body)) {
    if (line.kind === "failed") throw new Error(`The scan of ${name} failed: ${line.detail}`);
    if (line.kind === "progress") print(line.text);
    if (line.kind === "finding")
      print(
        `${line.type} ${line.namespace}/${line.service}: ${line.verdict} (${line.reason}) ${line.endpoints.join(", ")}`,
      );
    if (line.kind === "end") {
      isWhole = true;
      for (const note of line.notes) print(`Note: ${note}`);
    }
  }
  if (!isWhole) throw new Error(`The scan of ${name} ended in the middle; nothing of it was kept. Scan again.`);
}

/** `npm run clusters -- remove`: forgets the cluster; nothing in it changes. */
export async function removeCluster(cluster: string, options: ApiOptions): Promise<void> {
  const { cluster_id: id, name } = await named(options, cluster);
  await ask(options, "DELETE", `${CLUSTERS}/${id}`);
  print(`${name}: removed; nothing in it has changed`);
}

const clustersOf = async (options: ApiOptions): Promise<readonly Cluster[]> =>
  (await ask<{ items: Cluster[] }>(options, "GET", CLUSTERS)).items;

/** @param cluster its id or its name */
async function named(options: ApiOptions, cluster: string): Promise<Cluster> {
  const all = await clustersOf(options);
  const found = all.find(({ cluster_id: id, name }) => id === cluster || name === cluster);
  if (found) return found;
  const names = all.map(({ name }) => `"${name}"`).join(", ");
  throw new Error(`There is no cluster "${cluster}"; the tenant has ${names === "" ? "none" : names}.`);
}

function tell({ cluster_id: id, name, status, status_reason: reason, ...about }: Cluster): void {
  const { version, node_count: nodes, checked_at: checked, scanned_at: scanned } = about;
  print(`${name} (${id}) at ${about.server}`);
  print(`  ${status}${reason === null ? "" : `: ${reason}`}, as of ${checked}`);
  print(`  version ${version ?? "unknown"}, nodes ${nodes ?? "unknown"}, last scan ${scanned ?? "never"}`);
}

function read(file: string): string {
  try {
    return fs.readFileSync(file === "-" ? STANDARD_INPUT : file, "utf8");
  } catch (error) {
    throw new Error(`The kubeconfig ${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
