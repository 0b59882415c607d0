import * as fs from "node:fs";
import * as path from "node:path";
import { dataDir, platformHome } from "@nexus/host";
import {
  chosenPassphrase,
  PASSPHRASE_FIX,
  PUBLISHED_PASSPHRASE,
  PUBLISHED_SALT,
  refusePublishedPassphrase,
} from "../config/passphrase";
import { type PlatformDescriptor, readDescriptor } from "../local/platform/descriptor";
import { linkPlugins } from "../local/toolchain/program-links";
import type { StackSettings } from "./stack-settings";

/** The stack on this machine's own cluster. Its settings must never reach another stack. */
const DEV = "dev";

/**
 * Where a stack keeps its plugins and, unless the user chose a backend, its state. Destroying another stack does not
 * remove it.
 */
function folderOf(stack: string, home: string): string {
  return stack === DEV ? home : dataDir();
}

const stateFolder = (folder: string) => path.join(folder, "state");
const pulumiFolder = (folder: string) => path.join(folder, "pulumi");

/** Where stacks keep their state unless the user chose a backend; Pulumi wants the folder to exist. */
function stateUrl(folder: string): string {
  const own = `file://${stateFolder(folder)}`;
  const url = process.env.PULUMI_BACKEND_URL || own;
  // A shell of `npm run env` sets this backend too, even after `npm run destroy`.
  if (url === own) fs.mkdirSync(stateFolder(folder), { recursive: true, mode: 0o700 });
  return url;
}

/** Variables with which kubectl and image builds find this machine's own cluster, and no other. */
export function platformVariables({
  kubeconfig,
  dockerConfig,
  dockerHost,
}: PlatformDescriptor): Record<string, string> {
  return {
    KUBECONFIG: kubeconfig,
    ...(dockerConfig === undefined ? {} : { DOCKER_CONFIG: dockerConfig }),
    ...(dockerHost === undefined ? {} : { DOCKER_HOST: dockerHost }),
  };
}

/**
 * Gives the local platform's builder to a stack that uses another cluster and sets no builder. Log-ins are those of the
 * user.
 */
export function builderVariables(
  { builderName }: StackSettings,
  platform?: PlatformDescriptor,
): Record<string, string> {
  if (builderName !== undefined || platform?.dockerConfig === undefined) return {};
  return { BUILDX_CONFIG: path.join(platform.dockerConfig, "buildx") };
}

/**
 * Removes the settings of this machine's own cluster, which a shell of `npm run env` has, from this process. A stack
 * that uses another cluster needs the user's own kubeconfig and Docker configuration.
 */
export function leavePlatform(platform: PlatformDescriptor | undefined, home = platformHome()): void {
  const { KUBECONFIG: kubeconfig, ...others } = platform ? platformVariables(platform) : {};
  const own = { ...others, PULUMI_BACKEND_URL: `file://${stateFolder(home)}` };
  for (const [name, value] of Object.entries(own)) if (process.env[name] === value) delete process.env[name];
  const listed = (process.env.KUBECONFIG ?? "").split(path.delimiter).filter((file) => file && file !== kubeconfig);
  if (listed.length > 0) process.env.KUBECONFIG = listed.join(path.delimiter);
  else delete process.env.KUBECONFIG;
}

/**
 * Leaves the shell of another platform, as after `npm run env` of one and `NEXUS_HOME=<another> npm run up`: a command
 * works on the platform that it names, and with that one's state.
 */
export function leaveOtherShell(home = platformHome()): void {
  const pulumiHome = process.env.PULUMI_HOME;
  if (pulumiHome === undefined) return;
  const other = path.dirname(pulumiHome);
  if (other !== home && pulumiHome === pulumiFolder(other)) leavePlatform(readDescriptor(other), other);
}

/** Stacks other than dev whose state is in a platform's folder, where earlier releases kept it. */
function strandedStacks(home: string): string[] {
  const folder = path.join(stateFolder(home), ".pulumi/stacks/nexus");
  const files = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  const stacks = files.flatMap((file) => /^(.+)\.json$/.exec(file)?.[1] ?? []);
  return stacks.filter((stack) => stack !== DEV);
}

/**
 * Refuses a platform's folder with the state of other stacks, which would be removed with it.
 * @param wanted the one stack to look for; undefined for all
 * @throws Error that says how to move the state
 */
export function refuseStrandedState(wanted?: string, home = platformHome()): void {
  const [stack] = strandedStacks(home).filter((one) => wanted === undefined || one === wanted);
  if (stack === undefined) return;
  const [from, to] = [stateFolder(home), stateFolder(dataDir())];
  const parts = ["stacks", "history", "backups"].map((part) => `.pulumi/${part}/nexus/${stack}*`);
  throw new Error(
    `The state of stack ${stack} is in ${from}, which is removed with the local platform. Nothing was changed. ` +
      `Fix: mkdir -p ${to} && (cd ${from} && tar -c $(ls -d ${parts.join(" ")} 2>/dev/null) | tar -xC ${to} && ` +
      `rm -r $(ls -d ${parts.join(" ")} 2>/dev/null))`,
  );
}

/** @throws Error if the stack has no passphrase, or the published one */
export function requirePassphrase({ stack, encryption }: StackSettings): void {
  const url = process.env.PULUMI_BACKEND_URL ?? "";
  // Pulumi Cloud, or a key of a cloud, encrypts without a passphrase.
  if (stack === DEV || url.startsWith("https://") || encryption !== undefined) return;
  refusePublishedPassphrase(stack);
  if (chosenPassphrase(process.env) !== undefined) return;
  throw new Error(
    `Stack ${stack} has no passphrase. The passphrase of dev is published, so it is not used. ${PASSPHRASE_FIX} ` +
      "In Pulumi Cloud no passphrase is needed: export PULUMI_BACKEND_URL=https://api.pulumi.com.",
  );
}

/**
 * Variables that make plain `pulumi` work on this clone without changing the user's own set-up. Links the plugins of
 * `binDir` into their PULUMI_HOME.
 * @param cluster variables of the stack's cluster
 */
export function pulumiVariables(
  binDir: string,
  cluster: Readonly<Record<string, string>>,
  { stack, salt }: Pick<StackSettings, "stack"> & Partial<Pick<StackSettings, "salt">>,
  home = platformHome(),
): Record<string, string> {
  const folder = folderOf(stack, home);
  const pulumiHome = pulumiFolder(folder);
  linkPlugins(binDir, pulumiHome);
  return {
    PATH: `${binDir}${path.delimiter}${process.env.PATH ?? ""}`,
    NEXUS_HOME: home,
    PULUMI_HOME: pulumiHome,
    PULUMI_BACKEND_URL: stateUrl(folder),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // Plugins on the user's PATH may have any version.
    PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    // A shell may have the passphrase of another stack.
    ...(stack === DEV && (salt === PUBLISHED_SALT || chosenPassphrase(process.env) === undefined)
      ? { PULUMI_CONFIG_PASSPHRASE: PUBLISHED_PASSPHRASE }
      : {}),
    ...cluster,
  };
}
