import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

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

/** As {@link copyTree}, for tests that change sources or stack files. The dependencies are linked, not copied. */
export function copyWorkspace(): string {
  const target = copyTree();
  fs.symlinkSync(path.join(ROOT, "node_modules"), path.join(target, "node_modules"));
  return target;
}
