import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { cacheDir } from "../platform/layout";
import type { Reporter } from "../progress";
import { checkBuildPrerequisites, goCache } from "./build-prerequisites";
import { buildTool, removeGoCache, toolFolder } from "./go-build";
import { type GoTool, goTools } from "./go-tools";
import { withLock } from "./lock";
import { ensureShims, shimFolder } from "./shims";

export interface Toolchain {
  /** Folder with every program; put it first on PATH. Its name changes with any recipe. */
  readonly binDir: string;
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

/** A folder of links to the programs of all tools, named by where they lead. */
function linkPrograms(): string {
  const folders = [...goTools.map((tool) => toolFolder(tool)), shimFolder()];
  const hash = createHash("sha256").update(folders.map((folder) => path.basename(folder)).join("\n"));
  const binDir = path.join(cacheDir(), "bin", hash.digest("hex").slice(0, 12));
  if (fs.existsSync(binDir)) return binDir;
  const draft = `${binDir}.${process.pid}`;
  fs.mkdirSync(draft, { recursive: true });
  for (const folder of folders)
    for (const file of fs.readdirSync(folder)) fs.symlinkSync(path.join(folder, file), path.join(draft, file));
  if (fs.existsSync(binDir)) fs.rmSync(draft, { recursive: true });
  else fs.renameSync(draft, binDir);
  return binDir;
}

/** The tools that are not there yet. */
export function missingTools(): GoTool[] {
  return goTools.filter((tool) => !isBuilt(tool));
}

/**
 * Gets every tool ready: from the cache of this user, else built from its Go module with pinned hashes. Interrupted
 * builds go on where they stopped; two clones that build at once wait for each other.
 * @throws Error when a tool cannot be built: which, why, and the end of the compiler's output
 */
export async function ensureToolchain({ reporter }: { reporter: Reporter }): Promise<Toolchain> {
  const missing = missingTools();
  if (missing.length > 0) await ensureGoTools(missing, reporter);
  await ensureShims();
  return { binDir: linkPrograms() };
}
