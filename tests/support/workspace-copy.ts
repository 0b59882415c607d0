import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

/** Scope of the packages of this repository, which npm links into node_modules. */
const OWN_SCOPE = "@nexus";
const ROOT = path.resolve(__dirname, "../..");

/** A copy of the tree as it is, new and changed files included, without what was installed. */
export function copyTree(): string {
  const target = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-e2e-"));
  const list = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: ROOT });
  for (const file of list.toString().split("\n").filter(Boolean)) {
    const source = path.join(ROOT, file);
    if (!fs.existsSync(source)) continue;
    fs.mkdirSync(path.dirname(path.join(target, file)), { recursive: true });
    fs.copyFileSync(source, path.join(target, file));
  }
  return target;
}

/** As {@link copyTree}, for tests that change sources or stack files. Dependencies are linked; the copy's own packages are its own. */
export function copyWorkspace(): string {
  const target = copyTree();
  const installed = path.join(ROOT, "node_modules");
  const modules = path.join(target, "node_modules");
  fs.mkdirSync(modules);
  for (const name of fs.readdirSync(installed).filter((one) => one !== OWN_SCOPE))
    fs.symlinkSync(path.join(installed, name), path.join(modules, name));
  fs.cpSync(path.join(installed, OWN_SCOPE), path.join(modules, OWN_SCOPE), {
    recursive: true,
    verbatimSymlinks: true,
  });
  return target;
}
