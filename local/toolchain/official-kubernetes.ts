import * as fs from "node:fs";
import * as path from "node:path";
import { type Reporter, runProgram, withLock } from "@nexus/host";
import { KUBERNETES_VERSION } from "../platform/versions";
import { DownloadFailures } from "./official-site";
import { officialHome, programOnPath, type ReadyTool } from "./pulumi-programs";
import { downloadProgram, publishedSha256, reasonOf } from "./verified-download";

/** Folder of Kubernetes' releases. */
const KUBERNETES_SITE = "https://dl.k8s.io/release";

export const KUBECTL = "kubectl";
/** All programs but kubectl are released only for Linux. */
export const NODE_PROGRAMS: readonly string[] = [
  KUBECTL,
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kube-proxy",
  "kubelet",
];

export interface KubernetesOptions {
  readonly reporter: Reporter;
  /**
   * Download site of the releases.
   * @default KUBERNETES_SITE
   */
  readonly site?: string;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

function folder(): string {
  return path.join(officialHome(), `kubernetes-${KUBERNETES_VERSION}`);
}

function urlOf(program: string, site: string): string {
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  return `${site}/${KUBERNETES_VERSION}/bin/${process.platform}/${architecture}/${program}`;
}

async function download(program: string, options: KubernetesOptions): Promise<void> {
  const { reporter, site = KUBERNETES_SITE } = options;
  const url = urlOf(program, site);
  reporter.start(program, `Downloading ${program} ${KUBERNETES_VERSION}`);
  try {
    const sha256 = await publishedSha256(`${url}.sha256`);
    const target = path.join(folder(), program);
    await downloadProgram({ url, sha256, target }, (text) => reporter.progress(program, text));
    reporter.done(program, "official");
  } catch (error) {
    new DownloadFailures(options.now).add([url]);
    reporter.done(program, `cannot be downloaded: ${reasonOf(error)}`);
  }
}

function lackingOf(programs: readonly string[]): string[] {
  return programs.filter((program) => !fs.existsSync(path.join(folder(), program)));
}

/** Whether they are released for this machine, and no download of them failed within the last day. */
export function mayBeDownloaded(
  programs: readonly string[],
  { site = KUBERNETES_SITE, now }: Omit<KubernetesOptions, "reporter"> = {},
): boolean {
  if (process.platform !== "linux" && programs.some((program) => program !== KUBECTL)) return false;
  const failures = new DownloadFailures(now);
  return !lackingOf(programs).some((program) => failures.isRecent(urlOf(program, site)));
}

/** The official programs by name; undefined if one of them cannot be downloaded. */
async function officialPrograms(
  programs: readonly string[],
  options: KubernetesOptions,
): Promise<ReadonlyMap<string, string> | undefined> {
  const { reporter } = options;
  const files = new Map(programs.map((program) => [program, path.join(folder(), program)]));
  const lacking = () => lackingOf(programs);
  const hopeless = () => !mayBeDownloaded(programs, options);
  if (hopeless()) return undefined;
  if (lacking().length === 0) return files;
  const waiting = () => reporter.start("official", "Waiting for another Nexus command that downloads tools");
  await withLock(path.join(officialHome(), "download.lock"), waiting, async () => {
    reporter.done("official");
    // The first download shows whether the site can be reached at all.
    for (const program of lacking().slice(0, 1)) await download(program, options);
    if (!hopeless()) await Promise.all(lacking().map((program) => download(program, options)));
  });
  return lacking().length === 0 ? files : undefined;
}

/** The programs of an earlier download; undefined if one of them is missing. */
export function downloadedPrograms(programs: readonly string[]): string[] | undefined {
  return lackingOf(programs).length === 0 ? programs.map((program) => path.join(folder(), program)) : undefined;
}

/**
 * Gets the programs of a Kubernetes node, including kubectl, from the official release, each checked against its
 * published checksum. After a failure nothing is tried again for a day.
 * @returns the file of each program by its name; undefined if one is missing
 */
export async function officialKubernetesPrograms(
  options: KubernetesOptions,
): Promise<ReadonlyMap<string, string> | undefined> {
  return officialPrograms(NODE_PROGRAMS, options);
}

/**
 * The user's own kubectl, if it is at most one minor version away from ours, which is the skew that Kubernetes
 * supports.
 */
export async function foundKubectl(): Promise<ReadyTool | undefined> {
  const file = programOnPath(KUBECTL);
  if (file === undefined) return undefined;
  const text = await runProgram(file, ["version", "--client", "--output", "json"]).catch(() => "");
  const minor = (version: string) => Number(/v1\.(\d+)\./.exec(version)?.[1]);
  const version = /"gitVersion":\s*"v([^"]+)"/.exec(text)?.[1] ?? "";
  if (!(Math.abs(minor(`v${version}`) - minor(KUBERNETES_VERSION)) <= 1)) return undefined;
  return { name: KUBECTL, version, source: "found", files: [file] };
}

/** As {@link officialKubernetesPrograms}, but only kubectl, which is released for every system. */
export async function officialKubectl(options: KubernetesOptions): Promise<string | undefined> {
  return (await officialPrograms([KUBECTL], options))?.get(KUBECTL);
}
