import { randomUUID } from "node:crypto";
import { table } from "../table";
import { type ApiOptions, ask, KUBERNETES, print } from "../tenant-api";

export interface DeployOptions extends ApiOptions {
  readonly cluster: string;
  readonly project: string;
  readonly namespace?: string;
  readonly key?: string;
  readonly force: boolean;
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
  const { cluster, project, namespace, force, key = randomUUID() } = options;
  const path = `${KUBERNETES}/clusters/${encodeURIComponent(cluster)}/deploy`;
  const body = { project_id: project, force, ...(namespace === undefined ? {} : { namespace }) };
  const { items } = await ask<{ items: Deployment[] }>(options, "POST", path, body, { "idempotency-key": key });
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
