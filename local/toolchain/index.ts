import * as fs from "node:fs";
import * as path from "node:path";
import type { Reporter } from "../progress";
import { checkBuildPrerequisites, goCache } from "./build-prerequisites";
import { buildTool, removeGoCache, toolFolder } from "./go-build";
import { type GoTool, goTools } from "./go-tools";
import { withLock } from "./lock";
import { ensureOfficialPrograms } from "./official-download";
import { type OfficialSite, PULUMI_SITE } from "./official-site";
import { linkPrograms } from "./program-links";
import { CLI, presentPulumiPrograms, pulumiPrograms, type ReadyTool, type ToolSource } from "./pulumi-programs";
import { ensureShims, shimFolder } from "./shims";

export interface Toolchain {
  /** Folder with every program; put it first on PATH. Its name changes with any recipe. */
  readonly binDir: string;
}

export interface ToolchainOptions {
  readonly reporter: Reporter;
  /** Where official releases are downloaded from. */
  readonly site?: OfficialSite;
}

function isBuilt(tool: GoTool): boolean {
  return fs.existsSync(toolFolder(tool));
}

async function ensureGoTool(tool: GoTool, position: string, reporter: Reporter): Promise<void> {
  reporter.start(tool.name, `Building ${tool.name} ${tool.version} (${position}; once for this machine)`);
  try {
    await buildTool(tool, (text) => reporter.progress(tool.name, text));
    reporter.done(tool.name);
  } catch (error) {
    reporter.fail(tool.name, error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}

/** One build of this user at a time: all share the compiler's cache, which the last step removes. */
async function ensureGoTools(missing: readonly GoTool[], reporter: Reporter): Promise<void> {
  const waiting = () => reporter.start("go", "Waiting for another Nexus command that builds tools");
  await withLock(`${goCache()}.lock`, waiting, async () => {
    reporter.done("go");
    const left = missing.filter((tool) => !isBuilt(tool));
    if (left.length === 0) return;
    await checkBuildPrerequisites(left);
    for (const [index, tool] of left.entries()) await ensureGoTool(tool, `${index + 1} of ${left.length}`, reporter);
    await removeGoCache();
  });
}

function missingBeside(present: readonly ReadyTool[]): GoTool[] {
  return goTools.filter((tool) => !present.some((one) => one.name === tool.name) && !isBuilt(tool));
}

/** Every tool that can be used, given the real programs of Pulumi that need no build. */
function readyBeside(present: readonly ReadyTool[]): ReadyTool[] {
  const names = new Set(present.map((tool) => tool.name));
  const built = goTools.filter((tool) => !names.has(tool.name) && isBuilt(tool));
  for (const { name } of goTools) names.add(name);
  const standIns = pulumiPrograms.filter(({ program }) => !names.has(program));
  return [
    ...present,
    ...built.map((tool): ReadyTool => {
      const folder = toolFolder(tool);
      const files = fs.readdirSync(folder).map((file) => path.join(folder, file));
      return { name: tool.name, version: tool.version.replace(/^v/, ""), source: "built", files };
    }),
    ...standIns.map(({ program, version }): ReadyTool => ({
      ...{ name: program, version, source: "stand-in" },
      files: [path.join(shimFolder(), program)],
    })),
  ];
}

export interface ToolStatus {
  /** What the next `up` would build. */
  readonly missing: readonly GoTool[];
  /** What it would use as it is. */
  readonly ready: readonly ReadyTool[];
}

/** Says what is there; downloads and builds nothing. */
export async function toolStatus(): Promise<ToolStatus> {
  const present = await presentPulumiPrograms();
  return { missing: missingBeside(present), ready: readyBeside(present) };
}

function sourcesNote(tools: readonly ReadyTool[]): string {
  const pulumi = tools.filter((tool) => pulumiPrograms.some(({ program }) => program === tool.name));
  const named = (source: ToolSource) => pulumi.filter((tool) => tool.source === source).map(({ name }) => name);
  const sources = [...new Set(pulumi.map((tool) => tool.source))];
  return sources.map((source) => `${source}: ${named(source).join(", ")}`).join("; ");
}

/**
 * Gets every tool ready. Pulumi and its plugins: the user's own in the version that fits, else the official download,
 * else from this user's cache or built from the Go module with pinned hashes, else a stand-in. Everything else: from
 * the cache or built. Interrupted builds go on where they stopped; two clones that build at once wait for each other.
 * @throws Error when a tool cannot be built: which, why, and the end of the compiler's output
 */
export async function ensureToolchain({ reporter, site = PULUMI_SITE }: ToolchainOptions): Promise<Toolchain> {
  const builtCli = async () => {
    const tools = goTools.filter((tool) => tool.name === CLI);
    await ensureGoTools(tools, reporter);
    return path.join(...tools.map((tool) => toolFolder(tool)), CLI);
  };
  const present = await ensureOfficialPrograms({ reporter, site, builtCli });
  const missing = missingBeside(present);
  if (missing.length > 0) await ensureGoTools(missing, reporter);
  const tools = readyBeside(present);
  reporter.start("pulumi", "Pulumi and its plugins");
  if (tools.some((tool) => tool.source === "stand-in")) await ensureShims();
  reporter.done("pulumi", sourcesNote(tools));
  return { binDir: linkPrograms(tools) };
}
