import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import {
  type Reporter,
  reportStep,
  repositoryRoot,
  TOOLS_ON_PATH,
  TYPESCRIPT_ARGUMENTS,
  waitFor,
  withLock,
} from "@nexus/host";
import { startToolchain, type Toolchain } from "../toolchain";
import { ensureIngressController } from "../toolchain/ingress-controller";
import { KUBERNETES } from "../toolchain/go-tools";
import { ensureRootfs } from "../toolchain/rootfs";
import { ensureBaseImages } from "./base-images";
import { ensureAddons, waitForApiServer, waitForNode } from "./cluster-addons";
import { readStatus, runningDaemon, writeDaemonRecord, writeStatus } from "./daemon-status";
import { type PlatformDescriptor, writeDescriptor } from "./descriptor";
import { writeDockerConfig } from "./docker-config";
import { removeHostTraces } from "./host-traces";
import { hostSecrets } from "./host-secrets";
import { chooseIdentity, type IdentityOptions, otherStudioPort } from "./identity";
import { InstanceLayout } from "./layout";
import { platformSupport } from "./prerequisites";
import { encryptStoredSecrets } from "./secrets-at-rest";
import { stopPlatform } from "./stop";

/** Debian packages of the node's own file system. */
const NODE_PACKAGES = [
  "containerd",
  "runc",
  "containernetworking-plugins",
  "etcd-server",
  "docker-registry",
  "iptables",
  "nftables",
  "iproute2",
  "conntrack",
  "ipset",
  "ethtool",
  "socat",
  "kmod",
  "procps",
  "util-linux",
  "mount",
  "ca-certificates",
  "openssl",
];

const FREE_GIB_NEEDED = 3;

export interface StartOptions extends IdentityOptions {
  readonly home: string;
  readonly reporter: Reporter;
  /** Whether images are built by a Docker engine. @default false */
  readonly docker?: boolean;
}

export interface StartedPlatform {
  readonly layout: InstanceLayout;
  readonly descriptor: PlatformDescriptor;
  readonly binDir: string;
}

/** @throws Error if the disk has too little space for a node's images, database and builds */
function checkDisk(home: string): void {
  fs.mkdirSync(home, { recursive: true, mode: 0o700 });
  const { bavail, bsize } = fs.statfsSync(home);
  const free = (bavail * bsize) / 1024 ** 3;
  if (free < FREE_GIB_NEEDED)
    throw new Error(
      `${home} has ${free.toFixed(1)} GiB free; the local platform needs ${FREE_GIB_NEEDED} GiB. ` +
        "Fix: free some, or set NEXUS_HOME to a folder on a larger disk.",
    );
}

function lastLines(file: string, count: number): string {
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8").trim().split("\n").slice(-count).join("\n") : "";
}

async function startDaemon(layout: InstanceLayout, rootfs: string, binDir: string): Promise<void> {
  fs.mkdirSync(layout.logDir, { recursive: true });
  const log = fs.openSync(layout.daemonLog, "w");
  writeStatus(layout, { phase: "starting", detail: "starting the daemon" });
  const script = path.join(__dirname, "daemon.ts");
  const child = spawn(process.execPath, [...TYPESCRIPT_ARGUMENTS, script, layout.home, rootfs, binDir], {
    cwd: repositoryRoot,
    detached: true,
    stdio: ["ignore", log, log],
  });
  fs.closeSync(log);
  child.unref();
  if (child.pid === undefined) throw new Error(`The daemon of the local platform could not be started.`);
  writeDaemonRecord(layout, child.pid);
  await waitFor("The start of the local platform's node", 60, async () => {
    const status = readStatus(layout);
    if (status?.phase === "running") return status;
    if (status?.phase === "failed" || !runningDaemon(layout)) return { phase: "failed" };
    throw new Error(status?.detail ?? "no status");
  });
  if (!runningDaemon(layout) || readStatus(layout)?.phase !== "running")
    throw new Error(
      `The local platform did not start. ${layout.daemonLog} ends with:\n${lastLines(layout.daemonLog, 15)}`,
    );
}

async function ensureDaemon(options: StartOptions, rootfs: string, binDir: string): Promise<InstanceLayout> {
  const earlier = InstanceLayout.read(options.home);
  const running = earlier !== undefined && runningDaemon(earlier) !== undefined;
  if (running && earlier.ingressUrl) {
    const other = options.studioPort === undefined ? otherStudioPort(earlier.identity) : undefined;
    if (other) process.stderr.write(`${other}\n`);
    return earlier;
  }
  // A platform that an earlier release started has no ingress controller, so it is restarted with its data.
  if (running) await stopPlatform({ home: options.home });
  else if (earlier) removeHostTraces(earlier);
  const layout = new InstanceLayout(options.home, await chooseIdentity(options.home, options));
  await startDaemon(layout, rootfs, binDir);
  return layout;
}

/**
 * Starts the local platform of `home` and waits until its node, DNS and registry work; metrics and the ingress
 * controller may still be starting (`waitForAddons`). It does nothing if the platform runs.
 * @throws Error that names the failed step, with the last lines of its log
 */
export async function startPlatform(options: StartOptions): Promise<StartedPlatform> {
  const support = platformSupport();
  if (!support.supported)
    throw new Error(
      `The local platform ${support.reason}. ` +
        `Fix: ${TOOLS_ON_PATH} && pulumi config set --stack dev --path 'nexus:cluster.kind' auto ` +
        "(then a kind cluster is made where Docker runs)",
    );
  checkDisk(options.home);
  const waiting = () => process.stderr.write("Waiting for another Nexus command that starts this platform ...\n");
  return withLock(path.join(options.home, "start.lock"), waiting, () => startUnderLock(options));
}

/**
 * Seconds that the steps of a first start take on two cores, without the time to build tools; the last entry is
 * everything after the start.
 */
const FIRST_START = { "node-files": 45, node: 10, api: 10, images: 120, addons: 20, update: 75 };

/** Everything that does not need the compiler runs beside it, and the node starts as soon as its programs exist. */
async function startUnderLock(options: StartOptions): Promise<StartedPlatform> {
  const { reporter, docker } = options;
  const tools = await startToolchain({ reporter, docker });
  if (tools.building.length > 0) {
    const builds = tools.building.map(({ name, seconds }) => [name, seconds] as const);
    reporter.plan({ ...Object.fromEntries(builds), ...FIRST_START });
  }
  const node = startNode(options, tools);
  // An error is thrown only after all other work has ended, so that nothing still runs after the message.
  await Promise.allSettled([node, tools.whole]);
  const [layout] = await Promise.all([node, tools.whole]);
  const descriptor = writeDescriptor(layout, await hostSecrets(path.join(layout.home, "build-secrets")));
  return { layout, descriptor, binDir: tools.binDir };
}

async function startNode(options: StartOptions, tools: Toolchain): Promise<InstanceLayout> {
  const { reporter } = options;
  const { binDir } = tools;
  const step = <T>(id: string, title: string, work: () => Promise<T>) => reportStep(reporter, id, title, work);
  const rootfs = await step("node-files", "Node file system", () =>
    ensureRootfs("platform", { suite: "bookworm", variant: "minbase", include: NODE_PACKAGES }),
  );
  await tools.has(KUBERNETES, "buildkit");
  const layout = await step("node", "Kubernetes node", () => ensureDaemon(options, rootfs, binDir));
  writeDockerConfig(layout);
  await step("api", "Kubernetes API", async () => {
    await waitForApiServer(layout, binDir).catch((error: unknown) => {
      // The node may have ended meanwhile, and only its log says why.
      const log = `${layout.daemonLog} ends with:\n${lastLines(layout.daemonLog, 15)}`;
      throw new Error(`${error instanceof Error ? error.message : String(error)}\n${log}`);
    });
    await encryptStoredSecrets(layout, binDir);
  });
  await step("images", "Base images", () =>
    ensureBaseImages(
      layout,
      {
        tools,
        debianRootfs: () => ensureRootfs("debian-slim", { suite: "bookworm", variant: "minbase", include: [] }),
        ingressController: ensureIngressController,
      },
      (text, fraction) => reporter.progress("images", text, fraction),
    ),
  );
  await step("addons", "DNS, network policies, storage", async () => {
    await waitForNode(layout, binDir);
    await ensureAddons(layout, binDir);
  });
  return layout;
}
