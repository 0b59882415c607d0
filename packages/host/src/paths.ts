import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

/** Root of the clone this program runs from. */
export const repositoryRoot = path.resolve(__dirname, "../../..");

/** Arguments with which Node.js, started in the root of a clone, runs TypeScript. Pulumi.yaml has the same. */
export const TYPESCRIPT_ARGUMENTS = ["--require", "./local/transpile.cjs"] as const;

/** Cache of built tools and images, one per user and shared by all clones. */
export function cacheDir(): string {
  const base = process.env.XDG_CACHE_HOME || path.join(os.homedir(), ".cache");
  return path.join(base, "nexus");
}

/** Folder with the state of this clone's platform. */
export function platformHome(): string {
  return path.resolve(process.env.NEXUS_HOME || path.join(repositoryRoot, ".nexus"));
}

/** True if a shell would find the program. */
export function isOnPath(program: string): boolean {
  return (process.env.PATH ?? "").split(path.delimiter).some((folder) => fs.existsSync(path.join(folder, program)));
}

/** Line for a shell in which `pulumi` and `kubectl` are on the PATH, without an installation of either. */
export const TOOLS_ON_PATH = 'eval "$(npm run -s env)"';

/** The shortest address of a port of this machine. */
export function localUrl(port: number): string {
  return new URL(`http://localhost:${port}`).origin;
}

/** Folder of data that outlives clones and platforms: the state of stacks that are not on this machine. */
export function dataDir(): string {
  const base = process.env.XDG_DATA_HOME || path.join(os.homedir(), ".local/share");
  return path.join(base, "nexus");
}
