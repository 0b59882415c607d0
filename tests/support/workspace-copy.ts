import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

/** Scope of the packages of this repository, which npm links into node_modules. */
const OWN_SCOPE = "@nexus";
const ROOT = path.resolve(__dirname, "../..");

function newFolder(): string {
  return fs.mkdtempSync(path.join(os.tmpdir(), "nexus-e2e-"));
}

/** Makes a copy of the tree as it is, with new and changed files, without installed packages; returns its folder. */
export function copyTree(target = newFolder()): string {
  const list = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: ROOT });
  for (const file of list.toString().split("\n").filter(Boolean)) {
    const source = path.join(ROOT, file);
    if (!fs.existsSync(source)) continue;
    fs.mkdirSync(path.dirname(path.join(target, file)), { recursive: true });
    fs.copyFileSync(source, path.join(target, file));
  }
  return target;
}

/**
 * As {@link copyTree}, for tests that change sources or stack files. Installed packages are linked; the packages of the
 * repository are copied.
 */
export function copyWorkspace(target = newFolder()): string {
  copyTree(target);
  const linkModules = (folder: string, own: string | undefined) => {
    const [installed, modules] = [path.join(ROOT, folder), path.join(target, folder)];
    fs.mkdirSync(modules);
    for (const name of fs.readdirSync(installed).filter((one) => one !== own))
      fs.symlinkSync(path.join(installed, name), path.join(modules, name));
  };
  linkModules("node_modules", OWN_SCOPE);
  const scope = path.join("node_modules", OWN_SCOPE);
  fs.cpSync(path.join(ROOT, scope), path.join(target, scope), { recursive: true, verbatimSymlinks: true });
  // Packages whose version in a workspace differs from that of the root.
  for (const room of ["images", "packages"])
    for (const name of fs.readdirSync(path.join(target, room))) {
      const nested = path.join(room, name, "node_modules");
      if (fs.existsSync(path.join(ROOT, nested))) linkModules(nested, undefined);
    }
  return target;
}
