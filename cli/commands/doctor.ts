import * as fs from "node:fs";
import { type PlatformDescriptor, readDescriptor } from "../../local/platform/descriptor";
import { isKindRunning } from "../../local/kind/running";
import { runningDaemon } from "../../local/platform/daemon-status";
import { isPortFree, wantedStudioPort } from "../../local/platform/identity";
import { InstanceLayout } from "../../local/platform/layout";
import { platformSupport } from "../../local/platform/prerequisites";
import {
  choosePlatform,
  kindMeans,
  type PlatformKind,
  platformNames,
  recordedPlatform,
} from "../../local/platform-choice";
import { cacheDir, platformHome, runProgram } from "@nexus/host";
import { type ToolStatus, toolStatus } from "../../local/toolchain";
import { GO_VERSION, spaceNeeded } from "../../local/toolchain/build-prerequisites";
import { type GoTool, modulesOf } from "../../local/toolchain/go-tools";
import { ownCluster, readStackSettings } from "../stack-settings";
import { table } from "../table";

interface Finding {
  readonly what: string;
  readonly state: "ok" | "note" | "missing";
  readonly detail: string;
}

function freeGibibytes(folder: string): number {
  let existing = folder;
  while (!fs.existsSync(existing)) existing = existing.replace(/\/[^/]*$/, "") || "/";
  const { bavail, bsize } = fs.statfsSync(existing);
  return (bavail * bsize) / 1024 ** 3;
}

/** Disk space in GiB that a node, its images and its database need. */
const PLATFORM_GIB = 3;

async function disk({ toBuild }: ToolStatus): Promise<Finding> {
  const free = freeGibibytes(cacheDir());
  const needed = Math.max(PLATFORM_GIB, Math.ceil((await spaceNeeded(toBuild)) / 1024 ** 3));
  const detail = `${free.toFixed(0)} GiB free at ${cacheDir()}; ${needed} GiB needed`;
  return { what: "Disk", state: free >= needed ? "ok" : "missing", detail };
}

function namesOf(tools: readonly GoTool[]): string {
  return tools.map(({ name }) => name).join(", ");
}

interface Choice {
  /** Undefined if neither kind of cluster can be made. */
  readonly kind: PlatformKind | undefined;
  readonly findings: readonly Finding[];
}

/** Which cluster the stack dev gets and why, and what each kind of cluster needs and lacks on this machine. */
async function choice(): Promise<Choice> {
  const { clusterKind } = readStackSettings({ stack: "dev" });
  const wanted = ownCluster({ clusterKind });
  const support = platformSupport();
  const local: Finding = { what: "Local platform", state: support.supported ? "ok" : "note", detail: support.reason };
  const home = platformHome();
  const means = await kindMeans(home).then(
    (detail): Finding => ({ what: "Kind cluster", state: "ok", detail }),
    (error: Error): Finding => ({ what: "Kind cluster", state: "note", detail: error.message }),
  );
  if (wanted === undefined)
    return {
      kind: undefined,
      findings: [{ what: "Cluster", state: "note", detail: `nexus:cluster.kind is ${clusterKind}` }],
    };
  const chosen = await choosePlatform(wanted, home).catch((error: Error) => ({
    kind: undefined,
    reason: error.message,
  }));
  const can = chosen.kind === "local" ? local : means;
  const possible = chosen.kind !== undefined && (can.state === "ok" || recordedPlatform(home) === "local");
  const reason = chosen.kind === undefined || possible ? chosen.reason : can.detail;
  const detail = chosen.kind ? `${platformNames[chosen.kind]}: ${reason}` : reason;
  return {
    kind: chosen.kind,
    findings: [local, means, { what: "Cluster", state: possible ? "ok" : "missing", detail }],
  };
}

async function go({ missing, toBuild }: ToolStatus): Promise<Finding> {
  const version = (await runProgram("go", ["env", "GOVERSION"]).catch(() => "")).trim();
  if (missing.length === 0) return { what: "Go", state: "ok", detail: `${version || "none"}; no tool needs building` };
  if (version) return { what: "Go", state: "ok", detail: version };
  const fix = `Fix: install Go ${GO_VERSION}`;
  if (toBuild.length > 0)
    return { what: "Go", state: "missing", detail: `needed to build ${namesOf(toBuild)}. ${fix}` };
  return { what: "Go", state: "note", detail: `none; needed where a tool cannot be downloaded. ${fix}` };
}

function portsOf({ urls, ingressPort }: PlatformDescriptor): string {
  const ingress = ingressPort === undefined ? "" : `, ${ingressPort} to Ingresses`;
  return `${new URL(urls.studio).port} leads to the studio${ingress}`;
}

async function port(running: PlatformDescriptor | undefined): Promise<Finding> {
  if (running) return { what: "Port", state: "ok", detail: portsOf(running) };
  const number = wantedStudioPort();
  if (await isPortFree(number)) return { what: "Port", state: "ok", detail: `${number} is free` };
  return { what: "Port", state: "missing", detail: `${number} is taken. Fix: NEXUS_STUDIO_PORT=<port> npm run up` };
}

/** The cluster of this machine, unless it does not run. */
async function runningPlatform(): Promise<PlatformDescriptor | undefined> {
  const home = platformHome();
  const layout = InstanceLayout.read(home);
  const runs = layout ? runningDaemon(layout) !== undefined : await isKindRunning(home);
  return runs ? readDescriptor(home) : undefined;
}

/** `npm run doctor`: what this machine has, what is missing, and what each choice costs. */
export async function doctor(): Promise<void> {
  const { kind, findings: clusters } = await choice();
  const tools = await toolStatus(kind === "local" ? "platform" : "client");
  const { missing, ready } = tools;
  const minutes = Math.ceil(modulesOf(missing).reduce((sum, { seconds }) => sum + seconds, 0) / 60);
  const running = await runningPlatform();
  const findings: Finding[] = [
    { what: "Node.js", state: "ok", detail: process.version },
    ...clusters,
    await go(tools),
    {
      what: "Tools",
      state: missing.length === 0 ? "ok" : "note",
      detail:
        missing.length === 0
          ? "all in the cache"
          : `to download or build on the next up (at most about ${minutes} min on 2 cores, once): ${namesOf(missing)}`,
    },
    await disk(tools),
    await port(running),
    { what: "Running", state: "note", detail: running ? `yes: ${running.urls.studio}` : "no. Start: npm run up" },
    ...ready.map(({ name, version, source }): Finding => ({
      what: name,
      state: "ok",
      detail: `${version}, ${source}`,
    })),
    ...missing.map(({ name, version }): Finding => ({ what: name, state: "note", detail: `${version}, missing` })),
  ];
  const rows = findings.map(({ what, state, detail }) => [state.toUpperCase(), what, detail]);
  process.stdout.write(table(rows) + "\n");
  if (findings.some((finding) => finding.state === "missing")) process.exitCode = 1;
}
