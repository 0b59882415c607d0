import * as fs from "node:fs";
import * as path from "node:path";
import { cacheDir } from "../platform/layout";
import { ProgramError, runProgram } from "../platform/run-program";
import { removeDrafts } from "./drafts";
import type { GoTool } from "./go-tools";
import { recipeHash } from "./recipe";

const MODULES = path.join(__dirname, "go");
/** The newest version that any of the modules asks for. */
export const GO_VERSION = "1.26.4";
const FREE_BYTES_NEEDED = 25 * 1024 ** 3;

/** Where a tool of this recipe is, or will be. */
export function toolFolder(tool: GoTool): string {
  const embedded = new Set(tool.embeds?.files);
  const hash = recipeHash(path.join(MODULES, tool.name), tool, (file) => embedded.has(file));
  return path.join(cacheDir(), "tools", `${tool.name}-${tool.version}-${hash}`);
}

export function goCache(): string {
  return path.join(cacheDir(), "go");
}

/** Static programs: they run in any root file system, also in one without a C library. */
function buildEnvironment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    CGO_ENABLED: "0",
    GOFLAGS: "-mod=readonly -buildvcs=false",
    GOWORK: "off",
    GOMODCACHE: path.join(goCache(), "mod"),
    GOCACHE: path.join(goCache(), "build"),
  };
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split(".").map(Number));
  for (let index = 0; index < 3; index++) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** @throws Error when Go is missing, too old, or the disk too full to build. */
export async function checkBuildPrerequisites(): Promise<void> {
  const fix = `Fix: install Go ${GO_VERSION} or newer (https://go.dev/dl) and put it on PATH.`;
  const version = await runProgram("go", ["env", "GOVERSION"]).catch(() => {
    throw new Error(`Tools of the local platform are built with Go, and there is no go on PATH. ${fix}`);
  });
  const found = version.trim().replace(/^go/, "");
  const mayDownload = (await runProgram("go", ["env", "GOTOOLCHAIN"])).trim() !== "local";
  if (compareVersions(found, GO_VERSION) < 0 && !mayDownload) throw new Error(`Go is ${found}. ${fix}`);
  fs.mkdirSync(goCache(), { recursive: true });
  const { bavail, bsize } = fs.statfsSync(goCache());
  const gibibytes = (bytes: number) => (bytes / 1024 ** 3).toFixed(1);
  if (bavail * bsize < FREE_BYTES_NEEDED)
    throw new Error(
      `${goCache()} has ${gibibytes(bavail * bsize)} GiB free; building the tools needs ${gibibytes(FREE_BYTES_NEEDED)} GiB ` +
        `for a while. Fix: free some, or set XDG_CACHE_HOME to a folder on a larger disk.`,
    );
}

async function copyEmbeds(tool: GoTool, module: string, env: NodeJS.ProcessEnv): Promise<void> {
  if (!tool.embeds) return;
  await runProgram("go", ["mod", "download", tool.embeds.module], { cwd: module, env });
  const source = (
    await runProgram("go", ["list", "-m", "-f", "{{.Dir}}", tool.embeds.module], { cwd: module, env })
  ).trim();
  for (const file of tool.embeds.files) {
    const target = path.join(module, file);
    fs.rmSync(target, { force: true });
    fs.copyFileSync(path.join(source, tool.embeds.folder, file), target);
    fs.chmodSync(target, 0o644);
  }
}

/**
 * Builds a tool into its folder; the folder appears whole or not at all.
 * @param say told how far it is: "downloading modules", "420 of 1900 packages"
 * @throws Error with the tool's name, the compiler's last lines and the log's path
 */
export async function buildTool(tool: GoTool, say: (text: string) => void): Promise<void> {
  const target = toolFolder(tool);
  const env = buildEnvironment();
  const draft = `${target}.${process.pid}`;
  const module = `${draft}.module`;
  removeDrafts(target);
  fs.mkdirSync(draft, { recursive: true });
  try {
    // A copy, so that embedded files are never written into the clone.
    fs.cpSync(path.join(MODULES, tool.name), module, { recursive: true });
    say("downloading modules");
    await copyEmbeds(tool, module, env);
    const packages = tool.programs.map((one) => one.package);
    const listed = await runProgram("go", ["list", "-deps", ...packages], { cwd: module, env });
    const total = listed.trim().split("\n").length;
    let built = 0;
    const values = Object.entries(tool.variables ?? {}).map(([name, value]) => `-X ${name}=${value}`);
    for (const program of tool.programs) {
      const flags = ["-v", "-trimpath", "-ldflags", ["-s -w", ...values].join(" ")];
      const onLine = () => say(`${Math.min(++built, total)} of ${total} packages`);
      await runProgram("go", ["build", ...flags, "-o", path.join(draft, program.file), program.package], {
        cwd: module,
        env,
        onLine,
      });
    }
    for (const alias of tool.aliases ?? []) fs.symlinkSync(tool.programs[0]?.file ?? "", path.join(draft, alias));
    fs.renameSync(draft, target);
  } catch (error) {
    fs.rmSync(draft, { recursive: true, force: true });
    if (!(error instanceof ProgramError)) throw error;
    const log = path.join(cacheDir(), `${tool.name}.log`);
    fs.writeFileSync(log, error.output);
    throw new Error(`${tool.name} ${tool.version} could not be built (whole log: ${log}). ${error.message}`);
  } finally {
    fs.rmSync(module, { recursive: true, force: true });
  }
}

/** The caches of the Go compiler take tens of gigabytes and are of no use once every tool is built. */
export async function removeGoCache(): Promise<void> {
  if (process.env.NEXUS_KEEP_GO_CACHE === "1" || !fs.existsSync(goCache())) return;
  // Module files are read-only; only Go's own command removes them as an ordinary user.
  await runProgram("go", ["clean", "-modcache"], { env: buildEnvironment() });
  fs.rmSync(goCache(), { recursive: true, force: true });
}
