import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { isOnPath } from "@nexus/host";

/** Arguments of an install, and those that leave out development dependencies. */
const MANAGERS = {
  npm: { lockFiles: [], install: ["install", "--loglevel=error"], production: ["--omit=dev"] },
  yarn: { lockFiles: ["yarn.lock"], install: ["install"], production: ["--production"] },
  pnpm: { lockFiles: ["pnpm-lock.yaml"], install: ["install"], production: ["--prod"] },
  bun: { lockFiles: ["bun.lock", "bun.lockb"], install: ["install"], production: ["--production"] },
} as const;

export type PackageManager = keyof typeof MANAGERS;

/**
 * The package manager: the runtime option `packagemanager`, else the installed one whose lock file is in the folder,
 * else npm.
 * @throws Error if the option names no package manager, or one that is not installed
 */
export function choosePackageManager(folder: string, option: string): PackageManager {
  const names = Object.keys(MANAGERS) as PackageManager[];
  const named = names.find((name) => name === option);
  if (option && option !== "auto" && !named)
    throw new Error(`The runtime option packagemanager is ${option}. Fix: set it to auto, ${names.join(", ")}.`);
  const hasLock = (name: PackageManager) =>
    MANAGERS[name].lockFiles.some((file) => fs.existsSync(path.join(folder, file)));
  const preferred = process.env.PULUMI_PREFER_YARN === "true" && isOnPath("yarn") ? "yarn" : undefined;
  const manager = named ?? preferred ?? names.find((name) => hasLock(name) && isOnPath(name)) ?? "npm";
  if (!isOnPath(manager)) throw new Error(`There is no ${manager} on PATH. Fix: install it.`);
  return manager;
}

export interface InstallOptions {
  readonly folder: string;
  readonly manager: PackageManager;
  /** Leaves out development dependencies. */
  readonly production: boolean;
  readonly onOutput: (stream: "stdout" | "stderr", chunk: Buffer) => void;
  /** Called with the process, so that the caller can end it. */
  readonly onStart: (child: ChildProcess) => void;
}

function hasModules(folder: string): boolean {
  if (fs.existsSync(path.join(folder, "node_modules"))) return true;
  const parent = path.dirname(folder);
  return parent !== folder && hasModules(parent);
}

/**
 * Runs the package manager's install and passes its output on as it arrives.
 * @throws Error if it fails, or leaves no node_modules
 */
export async function installDependencies(options: InstallOptions): Promise<void> {
  const { folder, manager, onOutput } = options;
  const { install, production } = MANAGERS[manager];
  onOutput("stdout", Buffer.from("Installing dependencies...\n\n"));
  const args = [...install, ...(options.production ? production : [])];
  const child = spawn(manager, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"], env: process.env });
  options.onStart(child);
  child.stdout.on("data", (chunk: Buffer) => onOutput("stdout", chunk));
  child.stderr.on("data", (chunk: Buffer) => onOutput("stderr", chunk));
  await new Promise<void>((resolve, reject) => {
    child.once("error", (error) => reject(new Error(`${manager} could not be started: ${error.message}`)));
    child.once("close", (code, signal) => {
      if (code === 0) resolve();
      else
        reject(
          new Error(`${manager} install in ${folder} ended with ${signal ? `signal ${signal}` : `exit code ${code}`}.`),
        );
    });
  });
  if (!hasModules(folder)) throw new Error(`${manager} install in ${folder} succeeded, but there is no node_modules.`);
  onOutput("stdout", Buffer.from("Finished installing dependencies\n\n"));
}
