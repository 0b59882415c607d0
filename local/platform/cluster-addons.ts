import * as fs from "node:fs";
import * as path from "node:path";
import { clusterSettings } from "./cluster-settings";
import type { InstanceLayout } from "./layout";
import { repositoryRoot, runProgram, waitFor } from "@nexus/host";

const FOLDER = path.join(repositoryRoot, "local/addons");
type Workload = readonly [namespace: string, name: string];
/** Add-ons that other pods cannot start without. */
const NEEDED: readonly Workload[] = [
  ["kube-system", "deployment/coredns"],
  ["kube-system", "daemonset/kube-network-policies"],
];
const OTHERS: readonly Workload[] = [
  ["kube-system", "deployment/metrics-server"],
  ["ingress-nginx", "deployment/controller"],
];

/** The kubeconfig of one cluster. */
type Reachable = Pick<InstanceLayout, "kubeconfig">;

/** Runs kubectl against one cluster; the user's own kubeconfig is not read. */
export function kubectl(layout: Reachable, binDir: string, input?: string): (...args: string[]) => Promise<string> {
  const program = path.join(binDir, "kubectl");
  return (...args) => runProgram(program, ["--kubeconfig", layout.kubeconfig, ...args], { input });
}

export async function waitForApiServer(layout: Reachable, binDir: string): Promise<void> {
  const run = kubectl(layout, binDir);
  await waitFor("An answer of the Kubernetes API server", 120, () => run("get", "--raw", "/readyz"));
}

export async function waitForNode(layout: InstanceLayout, binDir: string): Promise<void> {
  const run = kubectl(layout, binDir);
  const ready = '{.status.conditions[?(@.type=="Ready")].status}';
  await waitFor("The node becoming Ready", 120, async () => {
    const status = await run("get", "node", clusterSettings.nodeName, "-o", `jsonpath=${ready}`);
    if (status !== "True") throw new Error(`Ready is ${status || "unknown"}`);
    return status;
  });
}

async function waitForRollouts(layout: Reachable, binDir: string, workloads: readonly Workload[]): Promise<void> {
  const run = kubectl(layout, binDir);
  await Promise.all(
    workloads.map(([namespace, name]) => run("-n", namespace, "rollout", "status", name, "--timeout=180s")),
  );
}

/**
 * Installs DNS, metrics, NetworkPolicy enforcement, the ingress controller and the storage class, and waits until DNS and
 * NetworkPolicies work. {@link waitForAddons} waits for the others.
 */
export async function ensureAddons(layout: InstanceLayout, binDir: string): Promise<void> {
  const files = fs.readdirSync(FOLDER).map((file) => path.join(FOLDER, file));
  await kubectl(layout, binDir)(
    "apply",
    "--server-side",
    "--force-conflicts",
    ...files.flatMap((file) => ["-f", file]),
  );
  await waitForRollouts(layout, binDir, NEEDED);
}

/** Waits until metrics and the ingress controller work too; a stack can be deployed before that. */
export function waitForAddons(layout: Reachable, binDir: string): Promise<void> {
  return waitForRollouts(layout, binDir, OTHERS);
}
