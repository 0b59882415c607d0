import * as fs from "node:fs";
import * as path from "node:path";
import { fetchByProxy } from "../web";
import { officialHome, type PulumiProgram } from "./pulumi-programs";

/** Folders of Pulumi's release site. */
export interface OfficialSite {
  readonly cli: string;
  readonly plugins: string;
}

export const PULUMI_SITE: OfficialSite = {
  cli: "https://get.pulumi.com/releases/sdk",
  plugins: "https://get.pulumi.com/releases/plugins",
};

/** Maximum wait on a machine without internet access, once a day. */
const PROBE_MS = 3_000;
const DAY_MS = 24 * 60 * 60 * 1000;

/** URL of a release's archive for this machine. */
export function archiveUrl(site: OfficialSite, { program, version, plugin }: PulumiProgram): string {
  const [system, architecture] = [process.platform, process.arch];
  if (plugin?.kind === "resource")
    return `${site.plugins}/${program}-v${version}-${system}-${architecture === "x64" ? "amd64" : architecture}.tar.gz`;
  return `${site.cli}/pulumi-v${version}-${system}-${architecture}.tar.gz`;
}

/** Where PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES (`regexp=URL,...`) sends plugin downloads. */
export function overrideUrls(): string[] {
  const pairs = (process.env.PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES ?? "").split(",");
  return pairs.flatMap((pair) => /=(https?:\/\/[^/]+)/.exec(pair)?.[1] ?? []);
}

/**
 * True if a server has the archive. With overrides, true if any server that they name answers at all, because only the
 * engine knows which URL it will use.
 */
export async function canDownload(site: OfficialSite, program: PulumiProgram): Promise<boolean> {
  const answers = async (url: string, fits: (response: { readonly ok: boolean }) => boolean) => {
    const response = await fetchByProxy(url, { method: "HEAD", signal: AbortSignal.timeout(PROBE_MS) }).catch(
      () => undefined,
    );
    return response !== undefined && fits(response);
  };
  const overrides = program.plugin?.kind === "resource" ? overrideUrls() : [];
  if (overrides.length === 0) return answers(archiveUrl(site, program), (response) => response.ok);
  const all = await Promise.all(overrides.map((url) => answers(url, () => true)));
  return all.includes(true);
}

/** Key under which a failed download is remembered: the URL that was tried. */
export function failureKey(site: OfficialSite, program: PulumiProgram): string {
  return [archiveUrl(site, program), ...overrideUrls()].join(" ");
}

/** The downloads that failed, and when. */
export class DownloadFailures {
  private readonly file = path.join(officialHome(), "unavailable.json");

  public constructor(private readonly now: () => number = Date.now) {}

  private read(): Record<string, number> {
    try {
      return JSON.parse(fs.readFileSync(this.file, "utf8")) as Record<string, number>;
    } catch {
      return {};
    }
  }

  /** True if it failed less than a day ago. */
  public isRecent(key: string): boolean {
    const seen = this.read()[key];
    return seen !== undefined && this.now() - seen < DAY_MS;
  }

  public add(keys: readonly string[]): void {
    const seen = Object.fromEntries(keys.map((key) => [key, this.now()]));
    fs.mkdirSync(path.dirname(this.file), { recursive: true });
    fs.writeFileSync(this.file, JSON.stringify({ ...this.read(), ...seen }, null, 2));
  }
}
