import { waitFor } from "@nexus/host";
import { kubectl, list } from "../platform";
import { StackCopy } from "../stack/copy";
import type { Pod } from "../stack/pods";

export const MINUTE = 60_000;

export async function readyPods(namespace: string): Promise<Pod[]> {
  return waitFor(`Pods of ${namespace} that are all ready`, 120, async () => {
    const pods = (await list<Pod>(namespace, "pods")).filter((pod) => pod.status.phase !== "Succeeded");
    return pods.every((pod) => pod.status.containerStatuses?.every(({ ready }) => ready)) ? pods : undefined;
  });
}

/** Every pod is ready and none has restarted; returns the workloads. */
export async function workloadsOf(namespace: string): Promise<string[]> {
  const pods = await readyPods(namespace);
  const restarted = pods.filter((pod) => pod.status.containerStatuses?.some(({ restartCount }) => restartCount > 0));
  expect(restarted.map((pod) => pod.metadata.name)).toEqual([]);
  return [...new Set(pods.map((pod) => pod.metadata.labels["app.kubernetes.io/name"] ?? ""))].sort();
}

export async function expectEndpoints(namespace: string): Promise<void> {
  interface Slice {
    readonly metadata: { readonly labels: Record<string, string> };
    readonly endpoints?: readonly { readonly conditions: { readonly ready?: boolean } }[];
  }
  const slices = await list<Slice>(namespace, "endpointslices");
  for (const { metadata } of await list(namespace, "services")) {
    const own = slices.filter((slice) => slice.metadata.labels["kubernetes.io/service-name"] === metadata.name);
    const ready = own.flatMap((slice) => slice.endpoints ?? []).some(({ conditions }) => conditions.ready);
    expect([metadata.name, ready]).toEqual([metadata.name, true]);
  }
}

/** `npm run status` names each workload, and `npm run logs` shows lines of it. */
export async function expectStatusAndLogs(
  stack: StackCopy,
  workloads: readonly string[],
  logged: readonly string[],
): Promise<void> {
  const logsOf = (name: string) => stack.nexus("logs", name, "--no-follow", "--tail", "5");
  const [status, ...logs] = await Promise.all([stack.nexus("status"), ...logged.map(logsOf)]);
  for (const name of workloads) expect(status.output).toContain(name);
  const outcomes = logs.map(({ exitCode, output }, index) => [logged[index], exitCode, output.length > 0]);
  expect(outcomes).toEqual(logged.map((name) => [name, 0, true]));
}

/** The database accepts connections, and answers queries of its user. */
export async function expectDatabase(namespace: string): Promise<void> {
  const run = (...command: string[]) => kubectl(namespace, "exec", "postgres-0", "--", ...command);
  const sql = async (text: string) => (await run("psql", "-U", "nexus", "-d", "nexus", "-tAc", text)).trim();
  expect(await run("pg_isready", "-U", "nexus")).toContain("accepting connections");
  expect(await sql("SELECT 1")).toBe("1");
  expect(Number(await sql("SELECT count(*) FROM pg_stat_activity"))).toBeGreaterThan(0);
}

/** `/health` of the kernel's Service answers a pod in an allowed namespace. */
export async function expectHealthInside(namespace: string, kernel: string, port: number): Promise<void> {
  const inside = `fetch('http://${kernel}:${port}/health').then((r) => console.log(r.status))`;
  const answer = await kubectl(namespace, "exec", `deploy/${kernel}`, "--", "node", "-e", inside);
  expect(answer.trim()).toBe("200");
}

const removals: Promise<void>[] = [];

/**
 * Runs a topology on the cluster, tests it, and starts to remove it in any case. Removal is mostly waiting, and each
 * topology has its own state and namespace, so the next one need not wait for it.
 */
export async function withTopology(
  topology: string,
  changes: Record<string, unknown>,
  look: (stack: StackCopy) => Promise<void>,
  secrets: Readonly<Record<string, string>> = {},
): Promise<void> {
  const stack = new StackCopy(true);
  await stack.create();
  stack.edit("dev", (config) => Object.assign(config, { "nexus:topology": topology, ...changes }));
  try {
    for (const [key, value] of Object.entries(secrets))
      await stack.pulumiOk("config", "set", "--stack", "dev", "--secret", "--path", key, value);
    await stack.up("dev");
    await look(stack);
  } finally {
    const removal = stack.remove();
    removal.catch(() => undefined);
    removals.push(removal);
  }
}

/** Waits until every topology is removed; fails with the first one that could not be removed. */
export async function topologiesRemoved(): Promise<void> {
  await Promise.all(removals);
}
