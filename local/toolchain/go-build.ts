import * as fs from "node:fs";
import * as path from "node:path";
import { cacheDir } from "../platform/layout";
import { ProgramError, runProgram } from "../platform/run-program";
import { goCache, GO_VERSION, recordSpaceOfFinishedBuilds } from "./build-prerequisites";
import { removeDrafts } from "./drafts";
import type { GoTool } from "./go-tools";
import { recipeHash } from "./recipe";

const MODULES = path.join(__dirname, "go");
/**
 * Everything besides a tool's module that decides what its build makes. The programs are static: they run in any root
 * file system, also in one without a C library. They are for this machine, whatever the user compiles for otherwise.
 */
export const BUILD_SETTINGS = {
  env: {
    CGO_ENABLED: "0",
    GOFLAGS: "-mod=readonly -buildvcs=false",
    GOWORK: "off",
    GOOS: process.platform,
    GOARCH: process.arch === "x64" ? "amd64" : process.arch,
    GOAMD64: "v1",
    GOARM64: "v8.0",
    GOEXPERIMENT: "",
  },
  flags: ["-trimpath"],
  linkerFlags: ["-s", "-w"],
  oldestGo: GO_VERSION,
};

/**
 * Where a tool of this recipe is, or will be.
 * @param settings how it is built; another way makes another folder
 */
export function toolFolder(tool: GoTool, settings: typeof BUILD_SETTINGS = BUILD_SETTINGS): string {
  const embedded = new Set(tool.embeds?.files);
  const { diskGib: _, ...recipe } = tool;
  const ignored = (file: string) => embedded.has(file);
  const hash = recipeHash(path.join(MODULES, tool.name), { recipe, settings }, ignored);
  return path.join(cacheDir(), "tools", `${tool.name}-${tool.version}-${hash}`);
}

function buildEnvironment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ...BUILD_SETTINGS.env,
    GOMODCACHE: path.join(goCache(), "mod"),
    GOCACHE: path.join(goCache(), "build"),
  };
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
      const flags = ["-v", ...BUILD_SETTINGS.flags, "-ldflags", [...BUILD_SETTINGS.linkerFlags, ...values].join(" ")];
      const onLine = () => say(`${Math.min(++built, total)} of ${total} packages`);
      await runProgram("go", ["build", ...flags, "-o", path.join(draft, program.file), program.package], {
        cwd: module,
        env,
        onLine,
      });
    }
    for (const alias of tool.aliases ?? []) fs.symlinkSync(tool.programs[0]?.file ?? "", path.join(draft, alias));
    fs.renameSync(draft, target);
    await recordSpaceOfFinishedBuilds();
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
