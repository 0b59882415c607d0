import * as fs from "node:fs";
import * as path from "node:path";
import { type Reporter, withLock } from "@nexus/host";
import { officialHome } from "./pulumi-programs";
import { downloadProgram, reasonOf } from "./verified-download";

export const KIND_VERSION = "v0.32.0";
/** Folder of kind's releases. */
const KIND_SITE = "https://kind.sigs.k8s.io/dl";

/** As published with the release, in `kind-<system>-<architecture>.sha256sum`. */
const SHA256: Readonly<Record<string, string>> = {
  "linux-amd64": "50030de23cf40a18505f20426f6a8506bedf13c6e509244bd1fa9463721b0f54",
  "linux-arm64": "b92cd615e97585de8ddade28ed5cd7feb4248d717c233eea5b03c37298900f5d",
  "darwin-amd64": "295ac6d0d634c9819c9907df45e3017d1f13166bd13c3404c45e79f7faa47498",
  "darwin-arm64": "dca67911095a110c2b5c36e26df6cac860c602033e456c0db47be498cdef1ebb",
};

export interface KindDownload {
  readonly reporter: Reporter;
  /**
   * Download site of the releases.
   * @default KIND_SITE
   */
  readonly site?: string;
  /** Checksums by system and architecture. @default those of the release */
  readonly sha256?: Readonly<Record<string, string>>;
}

function machineName(): string {
  return `${process.platform}-${process.arch === "x64" ? "amd64" : process.arch}`;
}

/** Path of an earlier download; undefined if there is none. */
export function downloadedKind(): string | undefined {
  const file = path.join(officialHome(), `kind-${KIND_VERSION}`, "kind");
  return fs.existsSync(file) ? file : undefined;
}

/**
 * Downloads kind into the tool cache, once.
 * @throws Error that says why this failed, and what to install instead
 */
export async function officialKind({ reporter, site = KIND_SITE, sha256 = SHA256 }: KindDownload): Promise<string> {
  const target = path.join(officialHome(), `kind-${KIND_VERSION}`, "kind");
  const url = `${site}/${KIND_VERSION}/kind-${machineName()}`;
  const waiting = () => reporter.start("official", "Waiting for another Nexus command that downloads tools");
  await withLock(path.join(officialHome(), "download.lock"), waiting, async () => {
    reporter.done("official");
    if (fs.existsSync(target)) return;
    reporter.start("kind", `Downloading kind ${KIND_VERSION}`);
    try {
      const wanted = sha256[machineName()];
      if (wanted === undefined) throw new Error(`there is none for ${machineName()}`);
      await downloadProgram({ url, sha256: wanted, target }, (text) => reporter.progress("kind", text));
      reporter.done("kind", "official");
    } catch (error) {
      const failure = new Error(
        `kind is not on PATH, and ${KIND_VERSION} cannot be downloaded from ${url}: ${reasonOf(error)}. ` +
          "Fix: install kind (https://kind.sigs.k8s.io/docs/user/quick-start) or k3d (https://k3d.io), then npm run up",
      );
      reporter.fail("kind", failure);
      throw failure;
    }
  });
  return target;
}
