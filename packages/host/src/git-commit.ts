import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { repositoryRoot } from "./paths";

/** The commit of this clone, as long as needed with `--short`; null if it is no clone. */
export function gitCommit(...flags: "--short"[]): string | null {
  // An unpacked archive may lie inside another repository, whose commit would be wrong here.
  if (!fs.existsSync(path.join(repositoryRoot, ".git"))) return null;
  const { status, stdout } = spawnSync("git", ["rev-parse", ...flags, "HEAD"], {
    cwd: repositoryRoot,
    encoding: "utf8",
  });
  return status === 0 ? stdout.trim() : null;
}
