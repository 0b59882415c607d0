import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cacheDir, ProgramError, runProgram } from "@nexus/host";
import { goCache, GO_VERSION, recordSpaceOfFinishedBuilds } from "./build-prerequisites";
import { removeDrafts } from "./drafts";
import { type GoModule, type GoTool, goTools } from "./go-tools";
import { recipeHash } from "./recipe";

const MODULES = path.join(__dirname, "go");
/**
 * Every setting of a build besides the tool's module. The programs are static, so they run in any root file system,
 * even one without a C library. They are built for this machine, even if the user's environment selects another target.
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
  // Without debug information, because the linker drops it. Compiles one function at a time, because every core already
  // compiles its own package.
  flags: ["-trimpath", "-pgo=off", "-gcflags=all=-dwarf=false -c=1"],
  linkerFlags: ["-s", "-w"],
  oldestGo: GO_VERSION,
};

/** Makes the compiler collect garbage less often, because its processes are short. It does not change the programs. */
const COMPILER_GC_PERCENT = "400";
/**
 * Number of concurrent downloads of modules. Go uses one per core by default, but downloads mostly wait for the
 * network.
 */
const DOWNLOADS = "16";
/** Pause between two checks for finished programs. */
const LOOK_MS = 500;

/** The programs' file names. */
function programsOf(tool: GoTool): string[] {
  return tool.packages.map((one) => path.posix.basename(one));
}

/**
 * Folder of a tool with this recipe, existing or not.
 * @param settings how it is built; other settings give another folder
 */
export function toolFolder(tool: GoTool, settings: typeof BUILD_SETTINGS = BUILD_SETTINGS): string {
  const { module, ...recipe } = tool;
  const { embeds } = module;
  const embedded = new Set(embeds?.files.map((file) => path.posix.join(embeds.to, file)));
  const ignored = (file: string) => embedded.has(file);
  const hash = recipeHash(path.join(MODULES, module.name), { recipe, embeds, settings }, ignored);
  return path.join(cacheDir(), "tools", `${tool.name}-${tool.version}-${hash}`);
}

/** Absolute paths of a tool's programs and their other names, existing or not. */
export function toolFiles(tool: GoTool): string[] {
  const folder = toolFolder(tool);
  return [...programsOf(tool), ...(tool.aliases ?? [])].map((file) => path.join(folder, file));
}

function buildEnvironment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ...BUILD_SETTINGS.env,
    GOGC: COMPILER_GC_PERCENT,
    GOMODCACHE: path.join(goCache(), "mod"),
    GOCACHE: path.join(goCache(), "build"),
    // On the same disk as the results, so that they can be moved there atomically.
    GOTMPDIR: goCache(),
  };
}

async function copyEmbeds({ embeds }: GoModule, folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  if (!embeds) return;
  await runProgram("go", ["mod", "download", embeds.module], { cwd: folder, env });
  const source = (await runProgram("go", ["list", "-m", "-f", "{{.Dir}}", embeds.module], { cwd: folder, env })).trim();
  for (const file of embeds.files) {
    const target = path.join(folder, embeds.to, file);
    fs.rmSync(target, { force: true });
    fs.copyFileSync(path.join(source, embeds.from, file), target);
    fs.chmodSync(target, 0o644);
  }
}

/** Moves a tool's programs into its folder; the folder appears complete or not at all. */
function keepTool(tool: GoTool, results: string): void {
  const target = toolFolder(tool);
  const draft = `${target}.${process.pid}`;
  const [first = "", ...others] = programsOf(tool);
  fs.mkdirSync(draft, { recursive: true });
  for (const file of [first, ...others]) fs.renameSync(path.join(results, file), path.join(draft, file));
  for (const alias of tool.aliases ?? []) fs.symlinkSync(first, path.join(draft, alias));
  fs.renameSync(draft, target);
}

/** Stores a tool as soon as its programs exist, which may be long before the build ends. */
async function keepWhenFinished(
  tool: GoTool,
  results: string,
  build: Promise<unknown>,
  report: BuildReport,
): Promise<void> {
  let running = true;
  const ended = () => void (running = false);
  build.then(ended, ended);
  const finished = () => programsOf(tool).every((file) => fs.existsSync(path.join(results, file)));
  while (running && !finished()) await Promise.race([build, sleep(LOOK_MS)]);
  keepTool(tool, results);
  report.built(tool);
}

export interface BuildReport {
  /** Called with the progress, as text and as a fraction. */
  readonly say: (text: string, fraction: number) => void;
  /** Called with each tool as soon as it exists. */
  readonly built: (tool: GoTool) => void;
  /** Called when all packages are compiled; some programs are still being linked. */
  readonly compiled: () => void;
}

/** Values for all of the module's tools, because the programs must not depend on which tools are built together. */
function linkerFlags(module: GoModule): string {
  const variables = goTools
    .filter((tool) => tool.module === module)
    .flatMap((tool) => Object.entries(tool.variables ?? {}));
  return [...BUILD_SETTINGS.linkerFlags, ...variables.map(([name, value]) => `-X ${name}=${value}`)].join(" ");
}

/** Runs the build; each finished tool is stored at once. */
async function compile(folder: string, results: string, tools: readonly GoTool[], report: BuildReport): Promise<void> {
  const env = buildEnvironment();
  const [{ module } = { module: undefined }] = tools;
  if (!module) return;
  report.say("downloading modules", 0);
  await copyEmbeds(module, folder, env);
  const packages = tools.flatMap((tool) => tool.packages);
  const listing = { cwd: folder, env: { ...env, GOMAXPROCS: DOWNLOADS } };
  const total = (await runProgram("go", ["list", "-deps", ...packages], listing)).trim().split("\n").length;
  let begun = 0;
  const onLine = () => {
    begun = Math.min(begun + 1, total);
    report.say(`${begun} of ${total} packages`, begun / total);
    if (begun === total) report.compiled();
  };
  const flags = ["-v", ...BUILD_SETTINGS.flags, "-ldflags", linkerFlags(module)];
  const build = runProgram("go", ["build", ...flags, "-o", results + path.sep, ...packages], {
    cwd: folder,
    env,
    onLine,
  });
  await Promise.all([build, ...tools.map((tool) => keepWhenFinished(tool, results, build, report))]);
}

/**
 * Builds tools of one module, each into its own folder. Finished programs are kept if a later one fails, and an
 * interrupted build continues from the compiler's cache.
 * @throws Error with the tools' names, the compiler's last lines and the path of the log
 */
export async function buildTools(tools: readonly GoTool[], report: BuildReport): Promise<void> {
  const [first] = tools;
  if (!first) return;
  const { name } = first.module;
  const results = path.join(cacheDir(), "tools", `${name}.${process.pid}`);
  // A copy, so that embedded files are never written into the clone.
  const folder = `${results}.module`;
  for (const target of [path.join(cacheDir(), "tools", name), ...tools.map((tool) => toolFolder(tool))])
    removeDrafts(target);
  try {
    fs.mkdirSync(results, { recursive: true });
    fs.mkdirSync(goCache(), { recursive: true });
    fs.cpSync(path.join(MODULES, name), folder, { recursive: true });
    await compile(folder, results, tools, report);
    await recordSpaceOfFinishedBuilds();
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    const log = path.join(cacheDir(), `${name}.log`);
    fs.writeFileSync(log, error.output);
    const names = tools.map((tool) => `${tool.name} ${tool.version}`).join(", ");
    throw new Error(`${names} could not be built (whole log: ${log}). ${error.message}`);
  } finally {
    for (const draft of [results, folder]) fs.rmSync(draft, { recursive: true, force: true });
  }
}

/** The caches of the Go compiler take tens of gigabytes and are useless once every tool is built. */
export async function removeGoCache(): Promise<void> {
  if (process.env.NEXUS_KEEP_GO_CACHE === "1" || !fs.existsSync(goCache())) return;
  // Files of Go modules are read-only; as an ordinary user only Go's own command can remove them.
  await runProgram("go", ["clean", "-modcache"], { env: buildEnvironment() });
  fs.rmSync(goCache(), { recursive: true, force: true });
}
