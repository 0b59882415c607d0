import * as fs from "node:fs";
import * as path from "node:path";
import { cacheDir, runProgram, withLock } from "@nexus/host";
import { ensureDebs } from "./debian";
import { removeDrafts } from "./drafts";
import { createHash } from "node:crypto";

export interface RootfsRecipe {
  /** Debian release. */
  readonly suite: string;
  readonly variant: "minbase";
  /** Packages beyond the minimal system. */
  readonly include: readonly string[];
}

const MIRROR = "http://deb.debian.org/debian";
/** Increase this when the steps after installing the packages change. */
const REVISION = 1;

function securitySources(suite: string): string {
  return [
    `deb ${MIRROR} ${suite} main`,
    `deb ${MIRROR} ${suite}-updates main`,
    `deb http://deb.debian.org/debian-security ${suite}-security main`,
    "",
  ].join("\n");
}

/** Removes files that differ between machines, and caches. */
function tidy(root: string, suite: string): void {
  fs.writeFileSync(path.join(root, "etc/apt/sources.list"), securitySources(suite));
  for (const folder of ["var/lib/apt/lists", "var/cache/apt", "var/log", "debootstrap", "tmp"]) {
    const full = path.join(root, folder);
    if (!fs.existsSync(full)) continue;
    for (const entry of fs.readdirSync(full)) fs.rmSync(path.join(full, entry), { recursive: true, force: true });
  }
  for (const file of ["etc/resolv.conf", "etc/hostname", "etc/machine-id"])
    fs.rmSync(path.join(root, file), { force: true });
}

/**
 * A Debian file system tree in the cache, made by debootstrap. Its mounts exist only in a mount namespace of the build.
 * @returns the tree's path
 */
export async function ensureRootfs(
  name: string,
  recipe: RootfsRecipe,
  say: (text: string) => void = () => undefined,
): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify({ recipe, REVISION })).digest("hex").slice(0, 12);
  const target = path.join(cacheDir(), "rootfs", `${name}-${hash}`);
  if (fs.existsSync(target)) return target;
  await withLock(
    `${target}.lock`,
    () => say("another Nexus command is making it"),
    async () => {
      if (fs.existsSync(target)) return;
      const { root } = await ensureDebs("debootstrap", ["debootstrap"]);
      const draft = `${target}.${process.pid}`;
      removeDrafts(target);
      const include = recipe.include.length > 0 ? [`--include=${recipe.include.join(",")}`] : [];
      const script = path.join(root, "usr/sbin/debootstrap");
      const program = fs.existsSync(script) ? script : "debootstrap";
      const env = { ...process.env };
      if (program === script) env.DEBOOTSTRAP_DIR = path.join(root, "usr/share/debootstrap");
      await runProgram(
        "unshare",
        ["--mount", "sh", program, `--variant=${recipe.variant}`, ...include, recipe.suite, draft, MIRROR],
        { env, onLine: (line) => say(line.replace(/^I: /, "").slice(0, 60)) },
      );
      tidy(draft, recipe.suite);
      fs.renameSync(draft, target);
    },
  );
  return target;
}
