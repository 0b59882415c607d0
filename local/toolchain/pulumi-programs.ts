import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { cacheDir, runProgram } from "@nexus/host";
import { DOCKER_VERSION, KUBERNETES_SDK_VERSION, RANDOM_VERSION, SDK_VERSION } from "./shims/sdk-version";

/** Found on this machine, downloaded from Pulumi's site, built from its module, or replaced by a stand-in of ours. */
export type ToolSource = "found" | "official" | "built" | "stand-in";

/** A tool that can be used. */
export interface ReadyTool {
  readonly name: string;
  readonly version: string;
  readonly source: ToolSource;
  /** Absolute paths of its programs and of the files that belong beside them. */
  readonly files: readonly string[];
}

export interface PulumiProgram {
  /** File name of the program. */
  readonly program: string;
  /** Without a leading v. package.json pins the SDK of the same version. */
  readonly version: string;
  /** The engine's name of the plugin; the CLI itself is not a plugin. */
  readonly plugin?: { readonly kind: "language" | "resource"; readonly name: string };
}

export const CLI = "pulumi";
export const LANGUAGE_HOST = "pulumi-language-nodejs";

function resourcePlugin(name: string, version: string): PulumiProgram {
  return { program: `pulumi-resource-${name}`, version, plugin: { kind: "resource", name } };
}

export const pulumiPrograms: readonly PulumiProgram[] = [
  { program: CLI, version: SDK_VERSION },
  { program: LANGUAGE_HOST, version: SDK_VERSION, plugin: { kind: "language", name: "nodejs" } },
  resourcePlugin("kubernetes", KUBERNETES_SDK_VERSION),
  resourcePlugin("docker-build", "0.0.22"),
  resourcePlugin("random", RANDOM_VERSION),
];

/** The plugin that only a stack with `images.builder: docker` needs. Only Pulumi's site has it. */
export const dockerPlugin: PulumiProgram = resourcePlugin("docker", DOCKER_VERSION);

/** Folder below PULUMI_HOME/plugins in which the engine looks; undefined for a program that is not a plugin. */
export function pluginFolder(program: string): string | undefined {
  const wanted = [...pulumiPrograms, dockerPlugin].find((one) => one.program === program);
  return wanted?.plugin && `${wanted.plugin.kind}-${wanted.plugin.name}-v${wanted.version}`;
}

/** A PULUMI_HOME of the tool cache that holds nothing but official downloads. */
export function officialHome(): string {
  return path.join(cacheDir(), "official");
}

export function officialCliFolder(): string {
  return path.join(officialHome(), `pulumi-v${SDK_VERSION}`);
}

function isProgram(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

/** True for a Pulumi CLI of our version that has the language host beside it, as the engine requires. */
export async function isFittingCli(folder: string): Promise<boolean> {
  const program = path.join(folder, CLI);
  if (!isProgram(program) || !isProgram(path.join(folder, LANGUAGE_HOST))) return false;
  const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
  const version = await runProgram(program, ["version"], { env }).catch(() => "");
  return version.trim() === `v${SDK_VERSION}`;
}

/** The user's own program of this name. A program that this project put on the PATH is not the user's. */
export function programOnPath(name: string): string | undefined {
  return (process.env.PATH ?? "")
    .split(path.delimiter)
    .map((folder) => path.join(folder, name))
    .filter(isProgram)
    .find((file) => !fs.realpathSync(file).startsWith(cacheDir() + path.sep));
}

/** The folder of the user's own CLI. */
async function foundCliFolder(): Promise<string | undefined> {
  const file = programOnPath(CLI);
  const folder = file === undefined ? undefined : path.dirname(fs.realpathSync(file));
  return folder !== undefined && (await isFittingCli(folder)) ? folder : undefined;
}

function pluginFiles(plugins: string, program: string): string[] {
  const folder = path.join(plugins, pluginFolder(program) ?? "");
  // The engine keeps a file of this name while it installs a plugin.
  if (fs.existsSync(`${folder}.partial`) || !isProgram(path.join(folder, program))) return [];
  return fs.readdirSync(folder).map((file) => path.join(folder, file));
}

/**
 * The real programs of Pulumi that need no build: the user's first, then earlier downloads.
 * @param home the user's home folder; its plugins are read, never written
 */
export async function presentPulumiPrograms(
  home: string = os.homedir(),
  programs: readonly PulumiProgram[] = pulumiPrograms,
): Promise<ReadyTool[]> {
  const found = await foundCliFolder();
  const downloaded = (await isFittingCli(officialCliFolder())) ? officialCliFolder() : undefined;
  const cli = found ?? downloaded;
  return programs.flatMap(({ program, version, plugin }): ReadyTool[] => {
    if (plugin?.kind !== "resource") {
      if (!cli) return [];
      return [{ name: program, version, source: found ? "found" : "official", files: [path.join(cli, program)] }];
    }
    const own = pluginFiles(path.join(home, ".pulumi/plugins"), program);
    if (own.length > 0) return [{ name: program, version, source: "found", files: own }];
    const official = pluginFiles(path.join(officialHome(), "plugins"), program);
    return official.length > 0 ? [{ name: program, version, source: "official", files: official }] : [];
  });
}
