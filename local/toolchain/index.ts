import * as fs from "node:fs";
import * as path from "node:path";
import { KUBERNETES_VERSION } from "../platform/versions";
import { type Reporter, reportStep, withLock } from "@nexus/host";
import { checkBuildPrerequisites, goCache } from "./build-prerequisites";
import { type BuildReport, buildTools, removeGoCache, toolFiles, toolFolder } from "./go-build";
import { type GoModule, type GoTool, goTools, KUBERNETES, modulesOf } from "./go-tools";
import { ensureDockerPlugin, ensureOfficialPrograms } from "./official-download";
import {
  downloadedPrograms,
  foundKubectl,
  KUBECTL,
  mayBeDownloaded,
  NODE_PROGRAMS,
  officialKubectl,
  officialKubernetesPrograms,
} from "./official-kubernetes";
import { DownloadFailures, failureKey, type OfficialSite, PULUMI_SITE } from "./official-site";
import { linkPrograms } from "./program-links";
import { CLI, presentPulumiPrograms, pulumiPrograms, type ReadyTool, type ToolSource } from "./pulumi-programs";
import { ensureShims, shimFolder } from "./shims";

export type ToolScope = "platform" | "client";

export interface ToolchainOptions {
  readonly reporter: Reporter;
  /**
   * "platform" has all tools of the local platform; the other value has those that work on an existing cluster.
   * @default "platform"
   */
  readonly scope?: ToolScope;
  /** Whether images are built by a Docker engine, which takes one more plugin. @default false */
  readonly docker?: boolean;
  /** Download sites of the official releases. */
  readonly site?: OfficialSite;
}

type ToolReport = Pick<BuildReport, "built" | "compiled">;

function isBuilt(tool: GoTool): boolean {
  return fs.existsSync(toolFolder(tool));
}

/** Builds the tools of one module as one step of the progress. */
async function buildModule(tools: readonly GoTool[], reporter: Reporter, report: ToolReport): Promise<void> {
  const [first] = tools;
  if (!first) return;
  const id = first.module.name;
  const others = tools.length > 1 ? ` and ${tools.length - 1} more` : "";
  await reportStep(reporter, id, `Building ${first.name}${others}, once for this machine`, () =>
    buildTools(tools, { say: (text, fraction) => reporter.progress(id, text, fraction), ...report }),
  );
}

/** One module after another; while one is being linked, which uses one core, the next is compiled. */
async function buildModules(tools: readonly GoTool[], reporter: Reporter, built: ToolReport["built"]): Promise<void> {
  const ends: Promise<void>[] = [];
  try {
    for (const module of modulesOf(tools))
      await new Promise<void>((next, failed) => {
        const own = tools.filter((tool) => tool.module === module);
        const end = buildModule(own, reporter, { built, compiled: next });
        ends.push(end);
        end.then(next, failed);
      });
  } finally {
    await Promise.allSettled(ends);
  }
  await Promise.all(ends);
}

/** One build per user at a time: all builds share the compiler's cache, which the last step removes. */
async function ensureGoTools(
  missing: readonly GoTool[],
  reporter: Reporter,
  built: ToolReport["built"] = () => undefined,
): Promise<void> {
  if (missing.length === 0) return;
  const waiting = () => reporter.start("go", "Waiting for another Nexus command that builds tools");
  await withLock(`${goCache()}.lock`, waiting, async () => {
    reporter.done("go");
    missing.filter(isBuilt).forEach(built);
    const left = missing.filter((tool) => !isBuilt(tool));
    if (left.length === 0) return;
    await checkBuildPrerequisites(left);
    await buildModules(left, reporter, built);
    await removeGoCache();
  });
}

/** The tools that must be built. For an existing cluster these are only Pulumi's programs and kubectl. */
function missingBeside(present: readonly ReadyTool[], scope: ToolScope): GoTool[] {
  const has = (name: string) => present.some((one) => one.name === name);
  const isWanted = ({ name }: GoTool) =>
    scope === "platform" ||
    pulumiPrograms.some(({ program }) => program === name) ||
    (name === KUBERNETES && !has(KUBECTL));
  return goTools.filter((tool) => isWanted(tool) && !has(tool.name) && !isBuilt(tool));
}

function kubernetesPrograms(scope: ToolScope): readonly string[] {
  return scope === "client" ? [KUBECTL] : NODE_PROGRAMS;
}

/** Whether there is no official release, or its download failed within the last day. */
function isOnlyBuilt({ name }: GoTool, scope: ToolScope): boolean {
  if (name === KUBERNETES) return !mayBeDownloaded(kubernetesPrograms(scope));
  const program = pulumiPrograms.find((one) => one.program === name);
  return program === undefined || new DownloadFailures().isRecent(failureKey(PULUMI_SITE, program));
}

function isKubernetesBuilt(): boolean {
  return goTools.some((tool) => tool.name === KUBERNETES && isBuilt(tool));
}

function official(name: string, files: readonly string[]): ReadyTool {
  return { name, version: KUBERNETES_VERSION.replace(/^v/, ""), source: "official", files };
}

/** The programs of a Kubernetes node, or only kubectl, without a build; undefined if they must be built. */
async function presentKubernetes(scope: ToolScope, reporter: Reporter): Promise<ReadyTool | undefined> {
  if (isKubernetesBuilt()) return undefined;
  if (scope === "platform") {
    const files = await officialKubernetesPrograms({ reporter });
    return files && official(KUBERNETES, [...files.values()]);
  }
  const found = await foundKubectl();
  if (found) return found;
  const file = await officialKubectl({ reporter });
  if (file !== undefined) return official(KUBECTL, [file]);
  if (process.platform === "linux") return undefined;
  throw new Error(
    `kubectl ${KUBERNETES_VERSION} cannot be downloaded, and is built on Linux only. ` +
      "Fix: install kubectl (https://kubernetes.io/docs/tasks/tools) and put it on PATH",
  );
}

/** As {@link presentKubernetes}, but downloads nothing. */
async function kubernetesThere(scope: ToolScope): Promise<ReadyTool | undefined> {
  if (isKubernetesBuilt()) return undefined;
  const found = scope === "client" ? await foundKubectl() : undefined;
  if (found) return found;
  const files = downloadedPrograms(kubernetesPrograms(scope));
  return files && official(scope === "client" ? KUBECTL : KUBERNETES, files);
}

/** Every tool that can be used now, given the real programs of Pulumi that need no build. */
function readyBeside(present: readonly ReadyTool[], isThere: (tool: GoTool) => boolean): ReadyTool[] {
  const names = new Set(present.map((tool) => tool.name));
  const built = goTools.filter((tool) => !names.has(tool.name) && isThere(tool));
  for (const { name } of goTools) names.add(name);
  const standIns = pulumiPrograms.filter(({ program }) => !names.has(program));
  return [
    ...present,
    ...built.map((tool): ReadyTool => ({
      name: tool.name,
      version: tool.version.replace(/^v/, ""),
      source: "built",
      files: toolFiles(tool),
    })),
    ...standIns.map(({ program, version }): ReadyTool => ({
      name: program,
      version,
      source: "stand-in",
      files: [path.join(shimFolder(), program)],
    })),
  ];
}

export interface ToolStatus {
  /** The missing tools that the next `up` would download, or build if a download fails. */
  readonly missing: readonly GoTool[];
  /** The missing tools that the next `up` would build without trying a download. */
  readonly toBuild: readonly GoTool[];
  /** The tools that exist already. */
  readonly ready: readonly ReadyTool[];
}

/** Reports which tools exist; downloads and builds nothing. */
export async function toolStatus(scope: ToolScope = "platform"): Promise<ToolStatus> {
  const kubernetes = await kubernetesThere(scope);
  const present = [...(await presentPulumiPrograms()), ...(kubernetes ? [kubernetes] : [])];
  const missing = missingBeside(present, scope);
  const toBuild = missing.filter((tool) => isOnlyBuilt(tool, scope));
  return { missing, toBuild, ready: readyBeside(present, isBuilt) };
}

/** Reports where Pulumi and its plugins come from, and which of them have another version than their SDK expects. */
function sourcesNote(tools: readonly ReadyTool[]): string {
  const pulumi = tools.flatMap((tool) => {
    const wanted = pulumiPrograms.find(({ program }) => program === tool.name)?.version;
    const older = tool.version === wanted ? "" : ` ${tool.version} for ${wanted}`;
    return wanted ? [{ source: tool.source, text: tool.name + older }] : [];
  });
  const named = (source: ToolSource) => pulumi.filter((one) => one.source === source).map(({ text }) => text);
  const sources = [...new Set(pulumi.map(({ source }) => source))];
  return sources.map((source) => `${source}: ${named(source).join(", ")}`).join("; ");
}

/** Tools, of which some may still be under construction. */
export interface Toolchain {
  /** Folder with every program; put it first on the PATH. Its name changes with any recipe. */
  readonly binDir: string;
  /** The tools that are being built. */
  readonly building: readonly GoModule[];
  /**
   * Waits for some tools.
   * @throws Error if one of them cannot be built: its name, the reason, and the end of the compiler's output
   */
  readonly has: (...names: readonly string[]) => Promise<void>;
  /** Waits for all of them; throws as `has`. */
  readonly whole: Promise<void>;
}

/**
 * Finds every tool and starts to build those that are missing. Pulumi and its plugins come from the user's installation
 * if it has the right version, else from the official download, else from this user's cache or a build of the Go module
 * with pinned hashes, else from a stand-in. Kubernetes comes from the cache, else from its release, else from a build.
 * Every other tool comes from the cache or from a build. An interrupted build continues where it stopped; two clones
 * that build at once wait for each other.
 */
export async function startToolchain(options: ToolchainOptions): Promise<Toolchain> {
  const { reporter, scope = "platform", docker = false, site = PULUMI_SITE } = options;
  const builtCli = async () => {
    const tools = goTools.filter((tool) => tool.name === CLI);
    await ensureGoTools(tools, reporter);
    return path.join(...tools.map((tool) => toolFolder(tool)), CLI);
  };
  const download = { reporter, site, builtCli };
  const plugins = docker ? [await ensureDockerPlugin(download)] : [];
  const pulumi = [...(await ensureOfficialPrograms(download)), ...plugins];
  const kubernetes = await presentKubernetes(scope, reporter);
  const present = [...pulumi, ...(kubernetes ? [kubernetes] : [])];
  const missing = missingBeside(present, scope);
  const tools = readyBeside(present, (tool) => isBuilt(tool) || missing.includes(tool));
  const done = new Set<string>();
  const wake: (() => void)[] = [];
  const built = ({ name }: GoTool) => {
    done.add(name);
    for (const one of wake.splice(0)) one();
  };
  const whole = (async () => {
    await ensureGoTools(missing, reporter, built);
    reporter.start("pulumi", "Pulumi and its plugins");
    if (tools.some((tool) => tool.source === "stand-in")) await ensureShims();
    reporter.done("pulumi", sourcesNote(tools));
  })();
  const has = async (...names: readonly string[]) => {
    const lacking = () => missing.some(({ name }) => names.includes(name) && !done.has(name));
    while (lacking()) await Promise.race([whole, new Promise<void>((resolve) => wake.push(resolve))]);
  };
  // The callers that wait get the error; it must not end the process while nobody waits.
  whole.catch(() => undefined);
  return { binDir: linkPrograms(tools), building: modulesOf(missing), has, whole };
}

/**
 * Gets every tool ready.
 * @returns the folder with all programs
 */
export async function ensureToolchain(options: ToolchainOptions): Promise<string> {
  const toolchain = await startToolchain(options);
  await toolchain.whole;
  return toolchain.binDir;
}
