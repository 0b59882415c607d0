import { startKind } from "../local/kind/start";
import { type PlatformDescriptor, readDescriptor } from "../local/platform/descriptor";
import { InstanceLayout } from "../local/platform/layout";
import { startPlatform } from "../local/platform/start";
import { runningDaemon } from "../local/platform/daemon-status";
import { choosePlatform, platformNames, recordedFor } from "../local/platform-choice";
import { createReporter, forStack, platformHome, TOOLS_ON_PATH } from "@nexus/host";
import { ensureToolchain } from "../local/toolchain";
import { checkCluster } from "./cluster-check";
import { InterruptedError } from "./pulumi";
import type { Session } from "./session";
import {
  builderVariables,
  leaveOtherShell,
  leavePlatform,
  platformVariables,
  pulumiVariables,
  refuseStrandedState,
  requirePassphrase,
} from "./surroundings";
import { ownCluster, readStackSettings, type StackOptions, type StackSettings } from "./stack-settings";

/**
 * Prepares the tools and, for a stack on this machine's own cluster, starts the cluster.
 * @param start false throws an error if the cluster does not run, and creates nothing
 */
export async function openSession(options: StackOptions, start = true): Promise<Session> {
  const settings = readStackSettings(options);
  leaveOtherShell();
  if (ownCluster(settings)) return start ? startOwn(settings) : lookAtOwn(settings);
  if (!settings.context)
    throw new Error(
      `Stack ${options.stack} names no cluster. ` +
        `Fix: ${TOOLS_ON_PATH} && pulumi config set --stack ${options.stack} --path 'nexus:cluster.context' <a context of your kubeconfig>`,
    );
  const platform = readDescriptor(platformHome());
  leavePlatform(platform);
  // A read-only command needs no state.
  if (start) checkState(settings);
  const binDir = await ensureToolchain({ reporter: createReporter(), scope: "client", docker: needsDocker(settings) });
  const variables = pulumiVariables(binDir, builderVariables(settings, platform), settings);
  return { settings, binDir, variables, platform: undefined };
}

/** @throws Error if the stack's state is in a platform's folder, or would be encrypted with the published passphrase */
function checkState(settings: StackSettings): void {
  requirePassphrase(settings);
  if (!process.env.PULUMI_BACKEND_URL) refuseStrandedState(settings.stack);
}

function needsDocker({ builder }: StackSettings): boolean {
  return builder === "docker";
}

/** Prepares the tools, and connects them to this machine's cluster if it exists and the stack uses it. */
export async function openShell(options: StackOptions): Promise<Pick<Session, "binDir" | "variables">> {
  const settings = readStackSettings(options);
  leaveOtherShell();
  const platform = readDescriptor(platformHome());
  const own = ownCluster(settings) === undefined ? undefined : platform;
  if (!own) leavePlatform(platform);
  const scope = own?.kind === "local" ? "platform" : "client";
  const binDir = await ensureToolchain({ reporter: createReporter(), scope, docker: needsDocker(settings) });
  const cluster = own ? platformVariables(own) : builderVariables(settings, platform);
  return { binDir, variables: pulumiVariables(binDir, cluster, settings) };
}

function sessionOf(settings: StackSettings, binDir: string, platform: PlatformDescriptor): Session {
  return { settings, binDir, variables: pulumiVariables(binDir, platformVariables(platform), settings), platform };
}

async function startOwn(settings: StackSettings): Promise<Session> {
  const [home, reporter] = [platformHome(), createReporter()];
  const wanted = ownCluster(settings) ?? "auto";
  const { kind, reason } = await choosePlatform(wanted, home);
  if (wanted === "auto" && kind === "kind" && recordedFor(wanted, home) === undefined)
    process.stderr.write(`Making a ${platformNames[kind]}: ${reason}.\n`);
  const start = kind === "local" ? startPlatform : startKind;
  const { binDir, descriptor } = await sayWhenInterrupted(settings.stack, () =>
    start({ home, reporter, docker: needsDocker(settings) }),
  );
  return sessionOf(settings, binDir, descriptor);
}

async function lookAtOwn(settings: StackSettings): Promise<Session> {
  const platform = requireOwnCluster(settings);
  const scope = platform.kind === "local" ? "platform" : "client";
  const binDir = await ensureToolchain({ reporter: createReporter(), scope });
  const session = sessionOf(settings, binDir, platform);
  await checkCluster(session);
  return session;
}

/** Ctrl-C while the platform starts: what exists stays, and the next command continues from it. */
async function sayWhenInterrupted<T>(stack: string, work: () => Promise<T>): Promise<T> {
  const interrupted = () => {
    const text = `\n${new InterruptedError().message} npm run destroy removes what exists.\n`;
    process.stderr.write(forStack(text, stack));
    process.exit(130);
  };
  process.once("SIGINT", interrupted);
  try {
    return await work();
  } finally {
    process.off("SIGINT", interrupted);
  }
}

/**
 * The cluster that was made on this machine for the stack.
 * @throws Error when there is none, or it is the local platform and that is down
 */
export function requireOwnCluster(settings: StackSettings): PlatformDescriptor {
  const home = platformHome();
  const kind = recordedFor(ownCluster(settings) ?? "auto", home);
  const layout = kind === "local" ? InstanceLayout.read(home) : undefined;
  if (layout && runningDaemon(layout) === undefined)
    throw new Error("The local platform is not running. Fix: npm run up");
  const platform = kind && readDescriptor(home);
  if (!platform) throw new Error(`Stack ${settings.stack} has no cluster on this machine yet. Fix: npm run up`);
  return platform;
}
