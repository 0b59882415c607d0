import * as fs from "node:fs";
import * as path from "node:path";
import { cacheDir, type Reporter, reportStep, runProgram } from "@nexus/host";
import { ensureFolder } from "./drafts";
import { downloadProgram } from "./verified-download";

/**
 * Debian's source of Node.js, which contains the web-platform-tests (https://web-platform-tests.org). The archive of a stable
 * release keeps a file; that of security updates replaces it.
 */
const SOURCE = {
  url: "https://deb.debian.org/debian/pool/main/n/nodejs/nodejs_18.20.4%2bdfsg.orig.tar.xz",
  sha256: "6ce58062c71eae37d9c5ac31eeaeff9c2d48561d21c2849179d056c9c1bd9ebc",
};
const FOLDER = "test/fixtures/wpt";

/** Gets the web-platform-tests into the cache. @returns their folder */
export async function ensureWebPlatformTests(reporter: Reporter): Promise<string> {
  const target = path.join(cacheDir(), `web-platform-tests-${SOURCE.sha256.slice(0, 12)}`);
  await ensureFolder(target, async (draft) => {
    const archive = path.join(draft, "source.tar.xz");
    await reportStep(reporter, "web-platform-tests", "Web-platform-tests", () =>
      downloadProgram({ ...SOURCE, target: archive }, (text) => reporter.progress("web-platform-tests", text)),
    );
    const parts = ["--strip-components=4", "--wildcards", `*/${FOLDER}/*`];
    await runProgram("tar", ["-xJf", archive, "-C", draft, ...parts]);
    fs.rmSync(archive);
  });
  return target;
}
