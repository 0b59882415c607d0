import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { cacheDir, ProgramError, runProgram, withLock } from "@nexus/host";
import { removeDrafts } from "./drafts";
import { writeFontConfiguration } from "./fonts";

/** Debian packages unpacked into the cache; the machine's own packages stay as they are. */
export interface DebTree {
  /** Contains only packages that the machine lacks; empty if it has all of them. */
  readonly root: string;
  /** PATH that finds the tree's programs first. */
  readonly path: string;
  /** LD_LIBRARY_PATH for the tree's programs; empty if they need none of its libraries. */
  readonly libraryPath: string;
}

const PROGRAM_FOLDERS = ["usr/sbin", "usr/bin", "sbin", "bin"];
const LIBRARY_FOLDERS = ["usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu"];

function aptOptions(folder: string): string[] {
  const options = {
    "Dir::State": path.join(folder, "state"),
    "Dir::State::status": "/var/lib/dpkg/status",
    "Dir::Cache": path.join(folder, "cache"),
    "APT::Sandbox::User": "root",
    "Debug::NoLocking": "1",
  };
  return Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
}

async function download(folder: string, packages: readonly string[]): Promise<string[]> {
  for (const part of ["state/lists/partial", "cache/archives/partial"])
    fs.mkdirSync(path.join(folder, part), { recursive: true });
  const apt = aptOptions(folder);
  await runProgram("apt-get", [...apt, "-q", "update"]);
  await runProgram("apt-get", [...apt, "-qy", "--no-install-recommends", "--download-only", "install", ...packages]);
  const archives = path.join(folder, "cache/archives");
  return fs
    .readdirSync(archives)
    .filter((file) => file.endsWith(".deb"))
    .map((file) => path.join(archives, file));
}

/** Some libraries load others from a folder that they name by its absolute path on an installed system. */
function privateLibraryFolders(folder: string): string[] {
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => path.join(folder, entry.name))
    .filter((inner) => fs.readdirSync(inner).some((file) => /^lib.*\.so/.test(file)));
}

/** How to run the programs of an unpacked tree. */
export function describeTree(root: string): DebTree {
  const existing = (folders: readonly string[]) =>
    folders.map((folder) => path.join(root, folder)).filter((folder) => fs.existsSync(folder));
  const programs = [...existing(PROGRAM_FOLDERS), process.env.PATH ?? ""];
  const libraries = existing(LIBRARY_FOLDERS).flatMap((folder) => [folder, ...privateLibraryFolders(folder)]);
  return { root, path: programs.join(path.delimiter), libraryPath: libraries.join(path.delimiter) };
}

/**
 * Downloads the given packages and their missing dependencies, and unpacks them into the cache.
 * @throws Error on machines without apt, with the names of the packages to install
 */
export async function ensureDebs(name: string, packages: readonly string[]): Promise<DebTree> {
  // The installed packages of the machine decide which ones are downloaded.
  const installed = packages.filter((one) => fs.existsSync(`/var/lib/dpkg/info/${one}.list`));
  const release = fs.existsSync("/etc/os-release") ? fs.readFileSync("/etc/os-release", "utf8") : "";
  const hash = createHash("sha256").update(JSON.stringify({ packages, installed, release })).digest("hex").slice(0, 12);
  const target = path.join(cacheDir(), "debs", `${name}-${hash}`);
  await withLock(
    `${target}.lock`,
    () => undefined,
    async () => {
      if (fs.existsSync(target)) return;
      if (!fs.existsSync("/usr/bin/apt-get"))
        throw new Error(
          `${name} is needed and this machine has no apt to get it with. Fix: install ${packages.join(", ")}.`,
        );
      const draft = `${target}.${process.pid}`;
      removeDrafts(target);
      try {
        const archives = await download(path.join(draft, "apt"), packages);
        fs.mkdirSync(path.join(draft, "root"), { recursive: true });
        for (const archive of archives) await runProgram("dpkg-deb", ["-x", archive, path.join(draft, "root")]);
        writeFontConfiguration(path.join(draft, "root"), target);
        fs.renameSync(path.join(draft, "root"), target);
      } catch (error) {
        if (!(error instanceof ProgramError)) throw error;
        throw new Error(`The Debian packages ${packages.join(", ")} could not be downloaded. ${error.message}`);
      } finally {
        fs.rmSync(draft, { recursive: true, force: true });
      }
    },
  );
  return describeTree(target);
}

/**
 * The path of a program in the tree or on the machine.
 * @throws Error that names the program if it is in neither
 */
export function findProgram(tree: DebTree, program: string): string {
  for (const folder of tree.path.split(path.delimiter)) {
    const file = path.join(folder, program);
    if (folder && fs.existsSync(file)) return file;
  }
  throw new Error(
    `There is no program ${program} in ${tree.path}. Fix: install it, or delete ${tree.root} and try again.`,
  );
}
