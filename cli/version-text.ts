import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { repositoryRoot } from "@nexus/host";

/** Version of package.json, and the commit if this is a clone. */
export function versionText(): string {
  const { version } = JSON.parse(fs.readFileSync(path.join(repositoryRoot, "package.json"), "utf8")) as {
    version: string;
  };
  // An unpacked archive may lie inside another repository, whose commit would be wrong here.
  if (!fs.existsSync(path.join(repositoryRoot, ".git"))) return version;
  const { status, stdout } = spawnSync("git", ["rev-parse", "--short", "HEAD"], {
    cwd: repositoryRoot,
    encoding: "utf8",
  });
  return status === 0 ? `${version} (${stdout.trim()})` : version;
}
