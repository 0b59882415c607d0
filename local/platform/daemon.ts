/**
 * The only process of the local platform outside of the node. It keeps the node's namespaces open and its programs
 * running, and forwards the ports of localhost. When it ends for any reason, the node ends with it.
 *
 * Arguments: the instance's home, the node's root file system, the folder with the built tools.
 */
import * as fs from "node:fs";
import * as net from "node:net";
import * as path from "node:path";
import { clusterSettings, platformsCidr } from "./cluster-settings";
import { writeStatus } from "./daemon-status";
import { forward } from "./forwarder";
import { prepareHost, removeHostTraces } from "./host-traces";
import { INGRESS_PORT, STUDIO_PORT } from "./identity";
import { InstanceLayout } from "./layout";
import { writeNodeConfig } from "./node-config";
import { NodeNamespaces } from "./node-namespaces";
import { baseProcesses, clusterProcesses } from "./node-processes";
import { type ProcessSpec, SupervisedProcess } from "./supervised-process";
import { openNewVolumes } from "./volume-permissions";
import { waitFor } from "@nexus/host";

function log(text: string): void {
  process.stdout.write(`${new Date().toISOString()} ${text}\n`);
}

/**
 * The policy agent decides about new connections from pods, to other pods and to the programs of the node, such as the
 * API server. While the agent does not run, they pass.
 */
async function queueNewConnections(node: NodeNamespaces): Promise<void> {
  const match = ["-i", clusterSettings.bridge, "-m", "conntrack", "--ctstate", "NEW"];
  const target = ["-j", "NFQUEUE", "--queue-num", String(clusterSettings.policyQueue), "--queue-bypass"];
  for (const chain of ["FORWARD", "INPUT"]) await node.run(["iptables", "-I", chain, ...match, ...target]);
}

/**
 * Pods reach the API servers of the platforms beside this one, which tenants may add as clusters, and nothing else outside
 * of the node. A connection to anything else fails at once. These rules come before the policy agent, because what it
 * accepts passes no further rule.
 */
async function leadToPlatforms(node: NodeNamespaces, layout: InstanceLayout): Promise<void> {
  const leaving = ["-o", layout.nodeInterface, "-m", "conntrack", "--ctstate", "NEW"];
  const port = ["--dport", String(clusterSettings.apiPort)];
  const rules = [
    ["-I", "FORWARD", ...leaving, "!", "-p", "tcp", "-j", "REJECT"],
    ["-I", "FORWARD", ...leaving, "-p", "tcp", "!", ...port, "-j", "REJECT"],
    ["-I", "FORWARD", ...leaving, "!", "-d", platformsCidr, "-j", "REJECT"],
    ["-I", "OUTPUT", ...leaving, "!", "-d", platformsCidr, "-j", "REJECT"],
    // The other node knows the way to this one, and not to its pods.
    ["-t", "nat", "-A", "POSTROUTING", ...leaving, "-s", clusterSettings.podCidr, "-j", "MASQUERADE"],
  ];
  for (const rule of rules) await node.run(["iptables", ...rule]);
}

/** Resolves when a server accepts connections at that address. */
function connectOnce(host: string, port: number): Promise<true> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host, port, timeout: 1000 }, () => resolve(true));
    socket.once("error", reject).once("timeout", () => socket.destroy(new Error("no answer")));
    socket.once("connect", () => socket.destroy());
  });
}

async function runNode(layout: InstanceLayout, rootfs: string, binDir: string): Promise<void> {
  writeStatus(layout, { phase: "starting", detail: "making the node" });
  prepareHost(layout);
  await writeNodeConfig(layout);
  const node = await NodeNamespaces.create(layout, rootfs);
  const processes: SupervisedProcess[] = [];
  const startAll = (specs: readonly ProcessSpec[]) => {
    for (const spec of specs) {
      const supervised = new SupervisedProcess(node, spec, path.join(layout.logDir, `${spec.name}.log`), log);
      processes.push(supervised);
      supervised.start();
    }
  };
  const stop = () => {
    processes.forEach((one) => one.stop());
    node.close();
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  node.onExit(() => {
    processes.forEach((one) => one.stop());
    removeHostTraces(layout);
    fs.rmSync(layout.daemonPidFile, { force: true });
    writeStatus(layout, { phase: "stopped", detail: "the node has ended" });
    log("stopped");
    process.exit(0);
  });
  openNewVolumes(path.join(layout.dataDir, "volumes"));
  await queueNewConnections(node);
  await leadToPlatforms(node, layout);
  startAll(baseProcesses(layout, binDir));
  const { ports } = layout.identity;
  await forward(ports.registry, { host: layout.nodeAddress, port: ports.registry });
  await forward(ports.studio, { host: layout.nodeAddress, port: STUDIO_PORT });
  if (ports.ingress) await forward(ports.ingress, { host: layout.nodeAddress, port: INGRESS_PORT });
  await waitFor("An answer of kube-apiserver", 120, () => connectOnce(layout.nodeAddress, clusterSettings.apiPort));
  startAll(clusterProcesses(layout, binDir));
  writeStatus(layout, { phase: "running", detail: `node process ${node.pid}` });
  log("running");
}

async function main(): Promise<void> {
  const [home, rootfs, binDir] = process.argv.slice(2);
  const layout = home ? InstanceLayout.read(home) : undefined;
  if (!layout || !rootfs || !binDir) throw new Error("usage: daemon <home> <rootfs> <binDir>");
  try {
    await runNode(layout, rootfs, binDir);
  } catch (error) {
    writeStatus(layout, { phase: "failed", detail: error instanceof Error ? error.message : String(error) });
    throw error;
  }
}

void main().catch((error: unknown) => {
  log(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exit(1);
});
