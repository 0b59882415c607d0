import * as fs from "node:fs";
import { runningDaemon } from "../../local/platform/daemon-status";
import { isPortFree, wantedStudioPort } from "../../local/platform/identity";
import { cacheDir, InstanceLayout, platformHome } from "../../local/platform/layout";
import { platformSupport } from "../../local/platform/prerequisites";
import { runProgram } from "../../local/platform/run-program";
import { toolStatus } from "../../local/toolchain";
import { GO_VERSION, spaceNeeded } from "../../local/toolchain/build-prerequisites";
import type { GoTool } from "../../local/toolchain/go-tools";
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

/** What a platform's node, its images and its database take. */
const PLATFORM_GIB = 3;

async function disk(missing: readonly GoTool[]): Promise<Finding> {
  const free = freeGibibytes(cacheDir());
  const needed = Math.max(PLATFORM_GIB, Math.ceil((await spaceNeeded(missing)) / 1024 ** 3));
  const detail = `${free.toFixed(0)} GiB free at ${cacheDir()}; ${needed} GiB needed`;
  return { what: "Disk", state: free >= needed ? "ok" : "missing", detail };
}

async function go(missing: readonly GoTool[]): Promise<Finding> {
  const version = await runProgram("go", ["env", "GOVERSION"]).catch(() => "");
  if (missing.length === 0)
    return { what: "Go", state: "ok", detail: `${version.trim() || "none"}; no tool needs building` };
  if (!version)
    return { what: "Go", state: "missing", detail: `needed to build the tools. Fix: install Go ${GO_VERSION}` };
  return { what: "Go", state: "ok", detail: version.trim() };
}

function portsOf({ identity: { ports } }: InstanceLayout): string {
  const ingress = ports.ingress ? `, ${ports.ingress} to Ingresses` : "";
  return `${ports.studio} leads to the studio${ingress}`;
}

async function port(layout: InstanceLayout | undefined): Promise<Finding> {
  if (layout && runningDaemon(layout)) return { what: "Port", state: "ok", detail: portsOf(layout) };
  const number = wantedStudioPort();
  if (await isPortFree(number)) return { what: "Port", state: "ok", detail: `${number} is free` };
  return { what: "Port", state: "missing", detail: `${number} is taken. Fix: NEXUS_STUDIO_PORT=<port> npm run up` };
}

/** `npm run doctor`: what this machine has, what is missing, and what each choice costs. */
export async function doctor(): Promise<void> {
  const support = platformSupport();
  const { missing, ready } = await toolStatus();
  const layout = InstanceLayout.read(platformHome());
  const running = layout !== undefined && runningDaemon(layout) !== undefined;
  const findings: Finding[] = [
    { what: "Node.js", state: "ok", detail: process.version },
    { what: "Local platform", state: support.supported ? "ok" : "missing", detail: support.reason },
    await go(missing),
    {
      what: "Tools",
      state: missing.length === 0 ? "ok" : "note",
      detail:
        missing.length === 0
          ? "all in the cache"
          : `to download or build on the next up (all: about 25 min on 2 cores, once): ${missing.map((tool) => tool.name).join(", ")}`,
    },
    await disk(missing),
    await port(layout),
    { what: "Running", state: "note", detail: running ? `yes: ${layout.studioUrl}` : "no. Start: npm run up" },
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
