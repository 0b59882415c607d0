import * as fs from "node:fs";
import * as path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { type Reporter, runProgram, withLock } from "@nexus/host";
import { fetchByProxy } from "../web";
import { removeDrafts } from "./drafts";
import {
  archiveUrl,
  canDownload,
  DownloadFailures,
  failureKey,
  type OfficialSite,
  overrideUrls,
} from "./official-site";
import {
  CLI,
  isFittingCli,
  officialCliFolder,
  officialHome,
  presentPulumiPrograms,
  dockerPlugin,
  programOnPath,
  type PulumiProgram,
  pulumiPrograms,
  type ReadyTool,
} from "./pulumi-programs";

/** Maximum time for downloading one archive. */
const DOWNLOAD_MS = 10 * 60 * 1000;

export interface DownloadOptions {
  readonly reporter: Reporter;
  readonly site: OfficialSite;
  /**
   * Makes a CLI with which plugins can be installed, for a machine that can download plugins but not the CLI; returns
   * its path.
   */
  readonly builtCli: () => Promise<string>;
  /** The user's home folder. */
  readonly home?: string;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

async function downloadCli(site: OfficialSite, program: PulumiProgram): Promise<void> {
  const target = officialCliFolder();
  const draft = `${target}.${process.pid}`;
  removeDrafts(target);
  fs.mkdirSync(draft, { recursive: true });
  try {
    const url = archiveUrl(site, program);
    const response = await fetchByProxy(url, { signal: AbortSignal.timeout(DOWNLOAD_MS) });
    if (!response.ok || !response.body) throw new Error(`${url} answered ${response.status}`);
    const archive = path.join(draft, "archive.tar.gz");
    await pipeline(Readable.fromWeb(response.body as ReadableStream), fs.createWriteStream(archive));
    await runProgram("tar", ["-xzf", archive, "-C", draft]);
    if (!(await isFittingCli(path.join(draft, CLI)))) throw new Error(`${url} holds no pulumi ${program.version}`);
    fs.renameSync(path.join(draft, CLI), target);
  } finally {
    fs.rmSync(draft, { recursive: true, force: true });
  }
}

/** Lets the engine's own installer download a plugin. */
async function downloadPlugin(cli: string, site: OfficialSite, { plugin, version }: PulumiProgram): Promise<void> {
  const server = overrideUrls().length > 0 ? [] : ["--server", site.plugins];
  const env = {
    ...process.env,
    PULUMI_HOME: officialHome(),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // The version is given, because asking the registry for it takes seconds on a machine that can only reach the
    // download site.
    PULUMI_DISABLE_REGISTRY_RESOLVE: "true",
  };
  const args = ["plugin", "install", plugin?.kind ?? "", plugin?.name ?? "", version, "--exact", ...server];
  await runProgram(cli, args, { env });
}

async function download(wanted: readonly PulumiProgram[], options: DownloadOptions): Promise<void> {
  const { reporter, site } = options;
  const failures = new DownloadFailures(options.now);
  const attempt = async (program: PulumiProgram, work: () => Promise<void>) => {
    reporter.start(program.program, `Downloading ${program.program} ${program.version}`);
    try {
      await work();
      reporter.done(program.program, "official");
    } catch (error) {
      failures.add([failureKey(site, program)]);
      const reason = (error instanceof Error ? error.message : String(error)).trim().split("\n").at(-1);
      reporter.done(program.program, `cannot be downloaded: ${reason}`);
    }
  };
  const reachable = await Promise.all(wanted.map((program) => canDownload(site, program)));
  failures.add(wanted.filter((_, index) => !reachable[index]).map((program) => failureKey(site, program)));
  const there = wanted.filter((_, index) => reachable[index]);
  // The language host comes with the CLI.
  const cliProgram = there.find((program) => program.plugin?.kind !== "resource");
  if (cliProgram) await attempt(cliProgram, () => downloadCli(site, cliProgram));
  const plugins = there.filter((program) => program.plugin?.kind === "resource");
  if (plugins.length === 0) return;
  const cli = (await presentPulumiPrograms(options.home)).find((tool) => tool.name === CLI)?.files[0];
  const installer = cli ?? (await options.builtCli());
  for (const program of plugins) await attempt(program, () => downloadPlugin(installer, site, program));
}

/**
 * Gets the real programs of Pulumi without a build: the user's if they have the right version, else the official
 * downloads. A program that cannot be downloaded is left out, and not tried again for a day.
 */
export async function ensureOfficialPrograms(
  options: DownloadOptions,
  programs: readonly PulumiProgram[] = pulumiPrograms,
): Promise<ReadyTool[]> {
  const present = () => presentPulumiPrograms(options.home, programs);
  const lacking = async () => {
    const ready = new Set((await present()).map((tool) => tool.name));
    const failures = new DownloadFailures(options.now);
    return programs.filter((one) => !ready.has(one.program) && !failures.isRecent(failureKey(options.site, one)));
  };
  if ((await lacking()).length > 0) {
    const waiting = () => options.reporter.start("official", "Waiting for another Nexus command that downloads tools");
    await withLock(path.join(officialHome(), "download.lock"), waiting, async () => {
      options.reporter.done("official");
      const wanted = await lacking();
      if (wanted.length > 0) await download(wanted, options);
    });
  }
  return present();
}

/**
 * The official plugin of the Docker builder: the user's own, from the plugins or from PATH, else the download.
 * @throws Error that says what to do if there is none
 */
export async function ensureDockerPlugin(options: DownloadOptions): Promise<ReadyTool> {
  const { program, version } = dockerPlugin;
  const [present] = await presentPulumiPrograms(options.home, [dockerPlugin]);
  if (present) return present;
  const onPath = programOnPath(program);
  if (onPath !== undefined) return { name: program, version, source: "found", files: [onPath] };
  const [downloaded] = await ensureOfficialPrograms(options, [dockerPlugin]);
  if (downloaded) return downloaded;
  throw new Error(
    `nexus:images.builder "docker" needs the plugin ${program} ${version}, which is neither in ~/.pulumi/plugins nor on ` +
      `PATH, and cannot be downloaded. Fix: pulumi plugin install resource docker ${version} where Pulumi's site can be ` +
      "reached, and copy the folder here; or set nexus:images.builder to buildkit in the stack's file.",
  );
}
