import { randomUUID } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { makeOutFolder, requireEmptyOutFolder } from "../out-folder";
import { table } from "../table";
import { type ApiOptions, ask, KUBERNETES, print } from "../tenant-api";

export interface DeployOptions extends ApiOptions {
  readonly cluster: string;
  readonly project: string;
  readonly namespace?: string;
  readonly key?: string;
  readonly discover: boolean;
  readonly force: boolean;
}

export interface OutOptions extends ApiOptions {
  readonly out: string;
}

interface TextFile {
  readonly path: string;
  readonly text: string | null;
}

interface StackEntry {
  readonly name: string;
  readonly entry: string;
  readonly files: readonly TextFile[];
  readonly commands: readonly string[];
  readonly differences: readonly string[];
}

interface Deployment {
  readonly deployment_id: string;
  readonly cluster_name: string;
  readonly project_name: string;
  readonly namespace: string;
  readonly latest: Latest;
}

interface Latest {
  readonly revision: number;
  readonly act: string;
  readonly state: string;
  readonly reason: string | null;
  readonly done: number;
  readonly total: number;
}

interface Status {
  readonly workloads: readonly {
    readonly kind: string;
    readonly name: string;
    readonly state: string;
    readonly ready: number;
    readonly desired: number;
    readonly problems: readonly { readonly object: string; readonly reason: string; readonly advice: string }[];
  }[];
}

const POLL_MS = 1000;
const pathOf = (id: string) => `${KUBERNETES}/deployments/${encodeURIComponent(id)}`;

/** `npm run deployments -- list` */
export async function listDeployments(options: ApiOptions): Promise<void> {
  const { items } = await ask<{ items: Deployment[] }>(options, "GET", `${KUBERNETES}/deployments?limit=200`);
  const rows = items.map(({ deployment_id: id, cluster_name: cluster, project_name: project, namespace, latest }) => [
    id,
    project,
    cluster,
    namespace,
    String(latest.revision),
    latest.state,
  ]);
  print(table([["DEPLOYMENT", "PROJECT", "CLUSTER", "NAMESPACE", "REVISION", "STATE"], ...rows]));
}

/** `npm run deployments -- deploy`: waits until the revision is applied, and fails if it is not. */
export async function deployProject(options: DeployOptions): Promise<void> {
  const { cluster, project, namespace, discover, force, key = randomUUID() } = options;
  const route = `${KUBERNETES}/clusters/${encodeURIComponent(cluster)}/deploy`;
  const body = { project_id: project, discover, force, ...(namespace === undefined ? {} : { namespace }) };
  const { items } = await ask<{ items: Deployment[] }>(options, "POST", route, body, { "idempotency-key": key });
  for (const { deployment_id: id } of items) await settle(options, id);
}

/** `npm run deployments -- status` */
export async function deploymentStatus(id: string, options: ApiOptions): Promise<void> {
  const { workloads } = await ask<Status>(options, "GET", `${pathOf(id)}/status`);
  const rows = workloads.map(({ kind, name, state, ready, desired }) => [kind, name, state, `${ready}/${desired}`]);
  print(table([["KIND", "NAME", "STATE", "READY"], ...rows]));
  for (const { object, reason, advice } of workloads.flatMap(({ problems }) => problems))
    print(`${object}: ${reason}\n  ${advice}`);
}

/** `npm run deployments -- rollback` */
export async function rollbackDeployment(id: string, revision: string, options: ApiOptions): Promise<void> {
  const number = Number(revision);
  if (!Number.isInteger(number) || number < 1)
    throw new Error(`${revision} is not a revision. Give a number from 1, as the studio lists them.`);
  await ask(options, "POST", `${pathOf(id)}/rollback`, { revision: number });
  await settle(options, id);
}

/** `npm run deployments -- manifests`: the objects of a revision as files, without secrets (E22). */
export async function saveManifests(id: string, revision: string | undefined, options: OutOptions): Promise<void> {
  const number = revision ?? (await ask<Deployment>(options, "GET", pathOf(id))).latest.revision;
  const route = `${pathOf(id)}/revisions/${encodeURIComponent(number)}/manifests`;
  const { items } = await ask<{ items: TextFile[] }>(options, "GET", route);
  const folder = writeFiles(options.out, items);
  print(`${items.length} objects of revision ${number} are in ${folder}; secret values are redacted`);
}

/** `npm run deployments -- export`: the deployment as an entry of `nexus:compose`, with the files that it names. */
export async function exportDeployment(id: string, options: OutOptions): Promise<void> {
  const { name, entry, files, commands, differences } = await ask<StackEntry>(
    options,
    "GET",
    `${pathOf(id)}/stack-entry`,
  );
  const folder = writeFiles(options.out, [...files, { path: ENTRY_FILE, text: entry }]);
  print(`The project ${name} is in ${folder}. To bring it under Pulumi:`);
  print(`- copy compose/ into the folder of Pulumi.yaml, and the entry in ${ENTRY_FILE} to Pulumi.<stack>.yaml`);
  for (const { path: file } of files.filter(({ text }) => text === null))
    print(`- write ${file}: the studio keeps env files and never shows them`);
  for (const command of commands) print(`- ${command}`);
  print("- delete the deployment in the studio, or give the entry another namespace: each object has one owner");
  for (const difference of differences) print(`Note: ${difference}`);
}

/** Name of the file with the entry. */
const ENTRY_FILE = "nexus-compose.yaml";

/** @returns the folder that the files are in; npm changes the current one */
function writeFiles(out: string, files: readonly TextFile[]): string {
  const folder = path.resolve(process.env.INIT_CWD ?? ".", out);
  requireEmptyOutFolder(folder);
  for (const { path: name, text } of files) {
    const file = path.resolve(folder, name);
    if (!file.startsWith(folder + path.sep)) throw new Error(`The studio names a file outside of ${folder}: ${name}`);
    if (text === null) continue;
    makeOutFolder(path.dirname(file));
    fs.writeFileSync(file, text);
  }
  return folder;
}

async function settle(options: ApiOptions, id: string): Promise<void> {
  for (let told = ""; ;) {
    const { latest } = await ask<Deployment>(options, "GET", pathOf(id));
    const { revision, state, reason, done, total } = latest;
    const line = `${id}: revision ${revision} is ${state}, ${done} of ${total} objects${reason === null ? "" : `: ${reason}`}`;
    if (state === "failed" || state === "skipped") throw new Error(line);
    if (line !== told) print(line);
    told = line;
    if (state === "applied") return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
