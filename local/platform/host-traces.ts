import * as fs from "node:fs";
import * as path from "node:path";
import { readJsonFile, writeJsonFile } from "@nexus/host";
import type { InstanceLayout } from "./layout";

/**
 * Settings of the whole machine that a kubelet sets and refuses to run without. Their earlier values are stored, and
 * restored when the last instance stops.
 */
const MACHINE_SETTINGS = [
  "vm/overcommit_memory",
  "vm/panic_on_oom",
  "kernel/panic",
  "kernel/panic_on_oops",
  "kernel/keys/root_maxkeys",
  "kernel/keys/root_maxbytes",
];
const RUN_ROOT = "/run/nexus";
const SETTINGS_FILE = path.join(RUN_ROOT, "machine-settings.json");

function cgroupFolders(layout: InstanceLayout): string[] {
  const root = "/sys/fs/cgroup";
  const version2 = fs.existsSync(path.join(root, "cgroup.controllers"));
  const hierarchies = version2 ? [root] : fs.readdirSync(root).map((name) => path.join(root, name));
  return hierarchies
    .filter((folder) => fs.statSync(folder).isDirectory())
    .map((folder) => path.join(folder, layout.cgroup));
}

function removeCgroup(folder: string): void {
  if (!fs.existsSync(folder)) return;
  for (const entry of fs.readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) removeCgroup(path.join(folder, entry.name));
  fs.rmdirSync(folder);
}

/** Makes what the node needs outside its namespaces: cgroups and its run folder; stores the machine's settings. */
export function prepareHost(layout: InstanceLayout): void {
  fs.mkdirSync(layout.runDir, { recursive: true, mode: 0o700 });
  if (!fs.existsSync(SETTINGS_FILE)) {
    const known = MACHINE_SETTINGS.map((name) => path.join("/proc/sys", name)).filter((file) => fs.existsSync(file));
    const values = Object.fromEntries(known.map((file) => [file, fs.readFileSync(file, "utf8").trim()]));
    writeJsonFile(SETTINGS_FILE, values);
  }
  for (const folder of cgroupFolders(layout)) fs.mkdirSync(folder, { recursive: true });
}

/** Paths below the instance's folder that are still mounted in this mount namespace; deleting there would be unsafe. */
export function mountsBelow(folder: string): string[] {
  return fs
    .readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "")
    .filter((mount) => mount === folder || mount.startsWith(folder + "/"));
}

/**
 * Removes everything that an instance left outside its namespaces. Safe to call at any time after the node has ended.
 */
export function removeHostTraces(layout: InstanceLayout): void {
  for (const folder of cgroupFolders(layout)) removeCgroup(folder);
  const mounts = mountsBelow(layout.home);
  if (mounts.length > 0)
    throw new Error(`${mounts.join(", ")} is still mounted. Fix: umount it, then run the command again.`);
  fs.rmSync(path.join(layout.home, "overlay"), { recursive: true, force: true });
  fs.rmSync(layout.runDir, { recursive: true, force: true });
  restoreMachineSettings();
}

function restoreMachineSettings(): void {
  const values = readJsonFile<Record<string, string>>(SETTINGS_FILE);
  if (!values) return;
  const instances = fs.readdirSync(RUN_ROOT, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  if (instances.length > 0) return;
  for (const [file, value] of Object.entries(values))
    if (fs.readFileSync(file, "utf8").trim() !== value) fs.writeFileSync(file, value);
  fs.rmSync(RUN_ROOT, { recursive: true });
}
