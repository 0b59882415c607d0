import * as fs from "node:fs";
import * as path from "node:path";
import { gitCommit, repositoryRoot } from "@nexus/host";

/** Version of package.json, and the commit if this is a clone. */
export function versionText(): string {
  const { version } = JSON.parse(fs.readFileSync(path.join(repositoryRoot, "package.json"), "utf8")) as {
    version: string;
  };
  const commit = gitCommit("--short");
  return commit === null ? version : `${version} (${commit})`;
}
