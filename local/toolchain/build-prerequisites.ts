import * as fs from "node:fs";
import * as path from "node:path";
import { cacheDir, runProgram } from "@nexus/host";
import { type GoTool, modulesOf } from "./go-tools";

/** The newest Go version that any of the modules requires. */
export const GO_VERSION = "1.26.6";
/** From this version on, Go can download a newer version of itself. */
const FIRST_SELF_UPDATING_GO = "1.21";
const GIBIBYTE = 1024 ** 3;

/** Folders of modules and compiled packages of running builds. */
export function goCache(): string {
  return path.join(cacheDir(), "go");
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split(".").map((part) => Number.parseInt(part, 10)));
  for (let index = 0; index < 3; index++) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * @param what is to be built
 * @throws Error if Go is missing or too old
 */
export async function checkGo(what: string): Promise<void> {
  const fix = `Fix: install Go ${GO_VERSION} or newer (https://go.dev/dl) and put it on PATH.`;
  const version = await runProgram("go", ["env", "GOVERSION"]).catch(() => {
    throw new Error(`Building ${what} needs Go, and there is no working go on PATH. ${fix}`);
  });
  const found = version.trim().replace(/^go/, "");
  if (compareVersions(found, GO_VERSION) >= 0) return;
  const updates = compareVersions(found, FIRST_SELF_UPDATING_GO) >= 0;
  if (updates && (await runProgram("go", ["env", "GOTOOLCHAIN"])).trim() !== "local") return;
  throw new Error(`Go on PATH is ${found || "of no known version"}; building ${what} needs ${GO_VERSION}. ${fix}`);
}

function spaceRecord(): string {
  return path.join(goCache(), "finished-bytes");
}

async function cacheBytes(): Promise<number> {
  if (!fs.existsSync(goCache())) return 0;
  return Number.parseInt(await runProgram("du", ["-sk", goCache()]), 10) * 1024;
}

/** Records the size of the cache after a build; what is added later comes from an interrupted build. */
export async function recordSpaceOfFinishedBuilds(): Promise<void> {
  fs.mkdirSync(goCache(), { recursive: true });
  fs.writeFileSync(spaceRecord(), String(await cacheBytes()));
}

/** Bytes of free disk that building these tools needs, minus what an interrupted build has already written. */
export async function spaceNeeded(missing: readonly GoTool[]): Promise<number> {
  const modules = modulesOf(missing);
  const [next] = modules;
  if (!next) return 0;
  const total = modules.reduce((sum, module) => sum + module.diskGib, 0) * GIBIBYTE;
  const finished = fs.existsSync(spaceRecord()) ? Number(fs.readFileSync(spaceRecord(), "utf8")) : 0;
  const begun = Math.max(0, (await cacheBytes()) - finished);
  return total - Math.min(begun, next.diskGib * GIBIBYTE);
}

/**
 * @param missing what is to be built, in this order
 * @param freeBytes how much an ordinary user can still write to the folder's disk
 * @throws Error if Go is missing or too old, or if the disk has too little space
 */
export async function checkBuildPrerequisites(
  missing: readonly GoTool[],
  freeBytes: (folder: string) => number = freeBytesOf,
): Promise<void> {
  const names = missing.map((tool) => tool.name).join(", ");
  await checkGo(names);
  fs.mkdirSync(goCache(), { recursive: true });
  const needed = await spaceNeeded(missing);
  const free = freeBytes(goCache());
  if (free >= needed) return;
  const gibibytes = (bytes: number) => (bytes / GIBIBYTE).toFixed(1);
  throw new Error(
    `${goCache()} has ${gibibytes(free)} GiB free; building ${names} needs ${gibibytes(needed)} GiB for a while. ` +
      `Fix: free some, or set XDG_CACHE_HOME to a folder on a larger disk.`,
  );
}

function freeBytesOf(folder: string): number {
  const { bavail, bsize } = fs.statfsSync(folder);
  return bavail * bsize;
}
