import { InstanceLayout, platformHome } from "../local/platform/layout";
import { startPlatform } from "../local/platform/start";
import { runningDaemon } from "../local/platform/daemon-status";
import { createReporter } from "../local/progress";
import { ensureToolchain } from "../local/toolchain";
import { InterruptedError, pulumiVariables } from "./pulumi";
import { readStackSettings, type StackOptions, type StackSettings } from "./stack-settings";

/** A stack with everything a command needs to work on it. */
export interface Session {
  readonly settings: StackSettings;
  /** Environment of pulumi and kubectl. */
  readonly variables: Record<string, string>;
  readonly binDir: string;
  /** Studio's URL on a local platform. */
  readonly studioUrl: string | undefined;
  /** Where Ingresses answer on a local platform. */
  readonly ingressUrl: string | undefined;
}

/**
 * Gets the tools ready and, for a stack on the local platform, starts that platform.
 * @param start false refuses a platform that is down instead, and leaves nothing where it would be.
 */
export async function openSession(options: StackOptions, start = true): Promise<Session> {
  const settings = readStackSettings(options);
  if (settings.clusterKind !== "local" && !settings.context)
    throw new Error(
      `Stack ${options.stack} names no cluster. ` +
        `Fix: pulumi config set --stack ${options.stack} --path 'nexus:cluster.context' <a context of your kubeconfig>`,
    );
  const reporter = createReporter();
  const home = platformHome();
  if (settings.clusterKind === "local" && start) {
    const { binDir, layout } = await sayWhenInterrupted(() => startPlatform({ home, reporter }));
    return { settings, binDir, variables: pulumiVariables(binDir), ...addresses(layout) };
  }
  requireCluster(settings);
  const binDir = await ensureToolchain({ reporter });
  return { settings, binDir, variables: pulumiVariables(binDir), ...addresses(InstanceLayout.read(home)) };
}

function addresses(layout: InstanceLayout | undefined): Pick<Session, "studioUrl" | "ingressUrl"> {
  return { studioUrl: layout?.studioUrl, ingressUrl: layout?.ingressUrl };
}

/** Ctrl-C while the platform starts: what is there stays, and the next command goes on with it. */
async function sayWhenInterrupted<T>(work: () => Promise<T>): Promise<T> {
  const interrupted = () => {
    process.stderr.write(`\n${new InterruptedError().message} npm run destroy removes what is there.\n`);
    process.exit(130);
  };
  process.once("SIGINT", interrupted);
  try {
    return await work();
  } finally {
    process.off("SIGINT", interrupted);
  }
}

/** @throws Error when the stack's cluster is the local platform and that is down */
export function requireCluster(settings: StackSettings): void {
  if (settings.clusterKind !== "local") return;
  const layout = InstanceLayout.read(platformHome());
  if (!layout || runningDaemon(layout) === undefined)
    throw new Error("The local platform is not running. Fix: npm run up");
}
